//! Trees of comments in the markup of known systems.

use url::Url;

use super::super::{Input, read};
use crate::model::Comment;

const STORY: &str = "<article><h1>The bridge</h1><p>The text of the story is long enough to be one, with more words in it than a label has.</p>\
                     <p>And there is a second paragraph, so that nobody takes it for a teaser of something else.</p></article>";

fn read_at(url: &str, body: &str) -> Vec<Comment> {
    let html = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>The bridge</title></head><body>{body}</body></html>"
    );
    let url = Url::parse(url).unwrap();
    read(&Input { body: html.as_bytes(), content_type: "text/html", url: &url, body_truncated: false }).comments
}

fn who(comments: &[Comment]) -> Vec<(&str, &str, Option<u32>)> {
    comments.iter().map(|c| (c.author.as_deref().unwrap_or("-"), c.text.as_str(), c.parent)).collect()
}

#[test]
fn a_tree_whose_items_hold_title_details_and_body() {
    let one = |n: u32, who: &str, inner: &str| {
        format!(
            "<li id=tree_{n} class='comment contain'><input type=hidden><div id=comment_status_{n} class=commentstatus></div>\
             <div id=comment_{n} class='cw full'><div id=comment_top_{n} class='commentTop newcomment'>\
             <div class=title><h4><a id=comment_link_{n} name=comment_link_{n} href='//news.example/comments.pl?sid=1&amp;cid={n}'>Re:It was closed</a> \
             <span id=comment_score_{n} class=score>(Score:<a href=#>{}</a>, Insightful)</span></h4></div>\
             <div class=details><span class=by>by <a href='//news.example/~{who}'>{who}</a> ( <span class=uid><a href='//news.example/~{who}'>100{n}</a></span> )</span> \
             <span class=otherdetails id=comment_otherdetails_{n}>on Tuesday May 11, 2021 @06:2{n}PM (<a href='//news.example/c?cid={n}'>#{n}</a>)</span></div></div>\
             <div class=commentBody><div id=comment_body_{n}>They told us {n} days later, and nobody believed them.<br><p>Not even I did.</div></div>\
             <div class=commentSub id=comment_sub_{n}><span><a href=#>Reply to This</a></span> <a href=#>Parent</a></div></div>\
             <ul id=commtree_{n}>{inner}</ul></li>",
            n + 1
        )
    };
    let tree = format!(
        "<div id=comments><ul id=commentlisting class=d2>{}{}</ul></div>",
        one(1, "anna", &one(2, "boris", "")),
        one(3, "vera", "")
    );
    let comments = read_at("https://news.example/story/21/05/11/bridge", &format!("{STORY}{tree}"));
    let text = |n: u8| format!("They told us {n} days later, and nobody believed them.\nNot even I did.");
    let (a, b, c) = (text(1), text(2), text(3));
    assert_eq!(who(&comments), [("anna", a.as_str(), None), ("boris", &b, Some(0)), ("vera", &c, None)]);
    assert_eq!(comments.iter().map(|c| c.likes).collect::<Vec<_>>(), [Some(2), Some(3), Some(4)]);
    assert_eq!(comments[0].time.as_ref().unwrap().at.unwrap().to_string(), "2021-05-11T18:21:00Z");
}

#[test]
fn names_with_their_server_stay_whole() {
    let one = |n: u8| {
        format!(
            "<li class=comment id=comment-{n}><article><a class=author href=/u/anna{n}@far.example>@anna{n}@far.example</a> \
             <time datetime=2021-07-01T12:0{n}:00Z>July 1</time><div class=comment-content><p>So it was here, {n} times.</p></div></article></li>"
        )
    };
    let comments = read_at(
        "https://a.example/post/1",
        &format!("{STORY}<div id=comments><ol>{}{}{}</ol></div>", one(1), one(2), one(3)),
    );
    assert_eq!(
        comments.iter().map(|c| c.author.as_deref().unwrap()).collect::<Vec<_>>(),
        ["@anna1@far.example", "@anna2@far.example", "@anna3@far.example"]
    );
    let spans = |n: u8| {
        format!(
            "<div class=comment id=c{n}><div class=head><a href='/u/anna{n}@far.example'><span>anna{n}</span><span class=server>@far.example</span></a> <span>May 11, 2021 6:2{n} PM</span></div>\
             <div class=md><p>So it was here as well, and {n} times at that.</p></div></div>"
        )
    };
    let comments = read_at(
        "https://a.example/post/1",
        &format!("{STORY}<div class=comments>{}{}{}</div>", spans(1), spans(2), spans(3)),
    );
    assert_eq!(
        comments.iter().map(|c| c.author.as_deref().unwrap_or("-")).collect::<Vec<_>>(),
        ["anna1@far.example", "anna2@far.example", "anna3@far.example"]
    );
}

#[test]
fn the_opening_post_of_a_thread_has_its_author() {
    let xen = |n: u8| {
        format!(
            "<article class='message message--post js-post' data-author='Member {n}' data-content=post-{n} id=js-post-{n}><span class=u-anchorTarget id=post-{n}></span><div class=message-inner>\
             <div class='message-cell message-cell--user'><section itemscope itemtype='https://schema.org/Person' class=message-user><div class=message-avatar><a href=/m/{n} class=avatar><img src=/a{n}.png></a></div>\
             <div class=message-userDetails><h4 class=message-name><a href=/m/{n} class=username itemprop=name>Member {n}</a></h4><h5 class=userTitle>New member</h5></div>\
             <div class=message-userExtras><dl><dt>Joined</dt><dd>Jan 1, 2019</dd></dl><dl><dt>Messages</dt><dd>12</dd></dl></div></section></div>\
             <div class='message-cell message-cell--main'><header class='message-attribution'><ul><li class=u-concealed><a href=/threads/bridge.5/post-{n}><time class=u-dt datetime='2021-05-1{n}T10:00:00+0000'>May 1{n}, 2021</time></a></li></ul><ul><li><a href=/threads/bridge.5/post-{n}>#{n}</a></li></ul></header>\
             <div class=message-content><div class=message-userContent><article class='message-body'><div class=bbWrapper>Post {n} of the thread: the river rose in the night, and nobody could say when it would fall.</div></article></div></div>\
             <footer class=message-footer><div class=reactionsBar><a class=reactionsBar-link href=/r><bdi>A</bdi> and <bdi>B</bdi></a></div></footer></div></div></article>"
        )
    };
    let body = format!(
        "<div class=p-body><h1 class=p-title-value>The bridge</h1><div class=p-description><ul><li>Thread starter <a href=/m/1 class=username>Member 1</a></li><li>Start date <time datetime=2021-05-11T10:00:00+0000>May 11, 2021</time></li></ul></div><div class=block-body>{}{}{}</div></div>",
        xen(1),
        xen(2),
        xen(3)
    );
    let comments = read_at("https://forum.example/threads/bridge.5/", &body);
    assert_eq!(
        comments.iter().map(|c| c.author.as_deref().unwrap_or("-")).collect::<Vec<_>>(),
        ["Member 1", "Member 2", "Member 3"]
    );
    assert_eq!(comments[0].likes, Some(2));

    let flarum = |n: u8| {
        format!(
            "<article class=Post data-id={n} id=p{n}><div><header class=Post-header><ul><li class=item-user><div class=PostUser><h3><a href=/u/m{n}><img class=Avatar src=/a.png><span class=username>Member {n}</span></a></h3></div></li>\
             <li class=item-meta><div class='Dropdown PostMeta'><a class=Dropdown-toggle><time pubdate datetime='2021-05-1{n}T10:00:00+00:00' title='Tuesday'>1{n} May</time></a></div></li></ul></header>\
             <div class=Post-body><p>Post {n} of the thread: the river rose in the night, and nobody could say when it would fall.</p></div></div></article>"
        )
    };
    let posts: String = (1..4).map(flarum).collect();
    let comments = read_at(
        "https://forum.example/d/5-bridge",
        &format!("<div class=container><h1>The bridge</h1><div class=PostStream>{posts}</div></div>"),
    );
    assert_eq!(
        comments.iter().map(|c| c.author.as_deref().unwrap_or("-")).collect::<Vec<_>>(),
        ["Member 1", "Member 2", "Member 3"]
    );
}

#[test]
fn the_owners_answer_inside_of_a_comment_is_one_of_its_own() {
    let one = |n: u8| {
        format!(
            "<ul class=single-post><li class=post-info><a name=comment-5{n}> </a><span class=floor>#{n}</span> <span class=user-name><a href=http://reader{n}.example/>Reader {n}</a></span> \
             <span class=post-time>於 2013/12/0{n} 21:28</span></li><li class=post-photo><a href=http://reader{n}.example/><img src=/p{n}.png></a></li>\
             <li class=post-text><p id=comment-5{n}></p>Such a place is not found twice, {n} times thanked.</li>\
             <li class=reply-text>Thank you, reader {n}, for coming by!<p><a href=http://blog.example/>The owner</a> 於 2014/01/0{n} 20:31 回覆</p></li></ul>"
        )
    };
    let comments = read_at(
        "https://blog.example/post/1",
        &format!("{STORY}<div id=comment-text class=user-post-text>{}{}{}</div>", one(1), one(2), one(3)),
    );
    assert_eq!(comments.len(), 6, "{comments:#?}");
    for n in [0, 2, 4] {
        let times = n / 2 + 1;
        assert_eq!((comments[n].author.clone(), comments[n].parent), (Some(format!("Reader {times}")), None));
        assert_eq!(comments[n].text, format!("Such a place is not found twice, {times} times thanked."));
        let answer = &comments[n + 1];
        assert_eq!((answer.author.as_deref(), answer.parent, answer.depth), (Some("The owner"), Some(n as u32), 1));
        assert_eq!(answer.author_url.as_deref(), Some("http://blog.example/"));
        assert_eq!(answer.text, format!("Thank you, reader {times}, for coming by!"));
        assert_eq!(answer.time.as_ref().unwrap().at.unwrap().to_string(), format!("2014-01-0{times}T20:31:00Z"));
    }
}

#[test]
fn an_opening_post_without_the_mark_of_the_answers_is_a_post() {
    let one = |n: u8, mark: &str| {
        format!(
            "<div id=post_{n} {mark} class='topic-body crawler-post'><div class=crawler-post-meta><span class=creator itemprop=author itemscope itemtype=http://schema.org/Person>\
             <a itemprop=url href=/u/m{n}><span itemprop=name>Member {n}</span></a></span><span class=crawler-post-infos><time datetime=2024-01-2{n}T15:36:55Z class=post-time>January 2{n}, 2024</time></span></div>\
             <div class=post itemprop=text><p>Post {n} of the thread: the river rose in the night, and nobody could say when it would fall.</p></div>\
             <div itemprop=interactionStatistic itemscope itemtype=http://schema.org/InteractionCounter><meta itemprop=interactionType content=http://schema.org/LikeAction><meta itemprop=userInteractionCount content={n}><span class=post-likes>{n} Likes</span></div></div>"
        )
    };
    let comment = "itemprop=comment itemscope itemtype=http://schema.org/Comment";
    let body = format!(
        "<div id=main-outlet><div itemscope itemtype=http://schema.org/DiscussionForumPosting><h1>The bridge</h1>{}{}{}</div></div>",
        one(1, ""),
        one(2, comment),
        one(3, comment)
    );
    let comments = read_at("https://forum.example/t/bridge/5", &body);
    assert_eq!(
        comments.iter().map(|c| (c.author.as_deref().unwrap_or("-"), c.likes)).collect::<Vec<_>>(),
        [("Member 1", Some(1)), ("Member 2", Some(2)), ("Member 3", Some(3))]
    );
}

#[test]
fn remarks_under_posts_are_answers_to_them() {
    let remark = |n: u8| {
        format!(
            "<li id=comment-9{n} itemprop=comment itemscope itemtype=https://schema.org/Comment class='comment js-comment'><div class=comment-text><div class=comment-body><span class=comment-copy itemprop=text>Remark {n}: is it so?</span> \
             <div itemprop=author itemscope><a href=/users/{n} class=comment-user itemprop=url>Guest {n}</a></div> <span class=comment-date><span title='2023-10-16 10:5{n}:08Z'>Oct 16, 2023 at 10:5{n}</span></span></div></div></li>"
        )
    };
    let post = |n: u8, remarks: &str| {
        format!(
            "<div class=answer data-answerid={n} id=answer-{n}><div class=post-layout><div class=answercell><div class=js-post-body><p>Post {n}: the river rose in the night, and nobody could say when it would fall. They told us so much later that \
             nobody believed them, and then the bridge was closed to carts and people alike.</p></div><div class=post-signature><span class=relativetime title='2023-10-1{n} 08:00:00Z'>Oct 1{n}, 2023 at 8:00</span><div class=user-details><a href=/users/1{n}>Member {n}</a></div></div></div>\
             <div class=js-post-comments-component><div class='comments js-comments-container'><ul class=comments-list>{remarks}</ul></div></div></div></div>"
        )
    };
    let body = format!(
        "<h1>Why is the bridge closed?</h1><div id=answers>{}{}{}</div>",
        post(1, &format!("{}{}", remark(1), remark(2))),
        post(2, ""),
        post(3, &remark(3))
    );
    let comments = read_at("https://ask.example/questions/5/bridge", &body);
    let told: Vec<_> = comments.iter().map(|c| (c.author.as_deref().unwrap_or("-"), c.parent, c.depth)).collect();
    assert_eq!(
        told,
        [
            ("Member 1", None, 0),
            ("Guest 1", Some(0), 1),
            ("Guest 2", Some(0), 1),
            ("Member 2", None, 0),
            ("Member 3", None, 0),
            ("Guest 3", Some(4), 1)
        ]
    );
    assert_eq!(comments[1].text, "Remark 1: is it so?");
}

#[test]
fn a_sign_between_name_and_date_is_not_of_the_name() {
    let one = |n: u8| {
        format!(
            "<div id=p{n} class=post><p class=author>by <a class=username href=/m{n}>member{n}</a> » May {n}, 2021 10:0{n} am</p><div class=content>Post {n} of the thread: the river rose in the night, and nobody could say why it did.</div></div>"
        )
    };
    let comments =
        read_at("https://forum.example/viewtopic.php?t=5", &format!("<h2>Bridge</h2>{}{}{}", one(1), one(2), one(3)));
    assert_eq!(
        comments.iter().map(|c| c.author.as_deref().unwrap_or("-")).collect::<Vec<_>>(),
        ["member1", "member2", "member3"]
    );
}

#[test]
fn the_old_plugin_of_facebook_is_read_where_it_was_drawn() {
    let one = |n: u8| {
        format!(
            "<li class='fbFeedbackPost fbFirstPartyPost uiListItem fbTopLevelComment uiListVerticalItemBorder' id=fbc_{n}><div class=UIImageBlock><a class='postActor UIImageBlock_Image'><img class=img src=/p.jpg></a>\
             <div class='UIImageBlock_Content'><div class='postContainer fsl fwb fcb'><a class=profileName href='http://www.facebook.com/reader{n}'>Reader {n}</a> · <span class='fsm fwn fcg'>Works at Bridge &amp; Sons</span>\
             <div class='postContent fsm fwn fcg'><div class=postText>It was closed for {n} days, and nobody told us.</div><div class='stat_elem'><div class='action_links fsm fwn fcg'><a class=uiLinkSubtle>Reply</a> · <a class=uiLinkSubtle>Like</a> · <a class='uiLinkSubtle fbUpDownVoteOption'>Follow Post</a> · \
             <abbr title='Tuesday, May 11, 2021 at 6:2{n}pm' data-utime=162075772{n} class='timestamp livetimestamp'>May 11, 2021 at 6:2{n}pm</abbr></div></div></div></div></div></div></li>"
        )
    };
    let comments = read_at(
        "https://a.example/post/1",
        &format!(
            "{STORY}<div class='fbFeedbackContent'><div class=fbFeedbackPosts><ul class=uiList>{}{}{}</ul></div></div>",
            one(1),
            one(2),
            one(3)
        ),
    );
    let text = |n: u8| format!("It was closed for {n} days, and nobody told us.");
    let (a, b, c) = (text(1), text(2), text(3));
    assert_eq!(who(&comments), [("Reader 1", a.as_str(), None), ("Reader 2", &b, None), ("Reader 3", &c, None)]);
}
