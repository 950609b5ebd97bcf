use super::*;

#[test]
fn what_a_way_back_has_yet_to_pass_is_not_reached() {
    let back = |below, backfill| GoesOn { below, backfill, had: 0 };
    // To the first post of all: everything below.
    assert!(!is_reached(10, 20, &back(Some(100), true)) && !is_reached(90, 99, &back(Some(100), true)));
    assert!(is_reached(110, 120, &back(Some(100), true)));
    // Between two looks: what stands right below, and nothing under the next post that is known.
    assert!(!is_reached(90, 99, &back(Some(100), false)) && !is_reached(90, 105, &back(Some(100), false)));
    assert!(is_reached(10, 20, &back(Some(100), false)) && is_reached(101, 120, &back(Some(100), false)));
    // Who cannot tell where it goes on does not say that anything was reached.
    assert!(!is_reached(1, 2, &back(None, false)));
}
