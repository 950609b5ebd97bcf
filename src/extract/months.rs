//! Names of the months in the languages that are read: here the Gregorian ones, those of other calendars beside
//! their calendars.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::calendars::{Calendar, HIJRI, JALALI, OPENS, is_written_variously, plain};

/// Twelve months, in each the names parted by spaces, forms and abbreviations of all languages.
const MONTHS: [&str; 12] = [
    "january jan janvier janv januar jänner jän enero ene gennaio gen janeiro januari stycznia styczeń sty января январь янв \
     січня січень січ ocak oca yanvar ianuarie ιανουαρίου ιανουάριος ιαν հունվար հունվարի հնվ يناير ژانویه იანვარი ינואר leden ledna siječanj \
     كانونالثاني جانفي جنوری յունուար յունուարի januára január ianuarie януари",
    "february feb février févr fév februar febrero febbraio fevereiro fev februari lutego luty lut февраля февраль фев февр \
     лютого лютий лют şubat şub fevral φεβρουαρίου φεβρουάριος φεβ փետրվար փետրվարի փետ فبراير شباط فوریه თებერვალი פברואר února \
     شباط فيفري فروری فبروری փետրուար փետրուարի február února februarie февруари",
    "march mar mars märz mär mrz marzo março maart mrt marca marzec marz марта март мар березня березень бер mart martie \
     μαρτίου μάρτιος μαρ մարտ մարտի مارس آذار მარტი מרץ března \
     مارچ märts március",
    "april apr avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр квітня квітень кві nisan nis aprel aprilie \
     απριλίου απρίλιος απρ ապրիլ ապրիլի ապր أبريل ابريل إبريل نيسان آوریل აპრილი אפריל dubna \
     أفريل افريل اپریل április",
    "may mai mayo maggio mag maio mei maja maj мая май травня травень тра mayıs may μαΐου μάιος μαι մայիս մայիսի \
     مايو أيار ايار مه მაისი מאי května \
     ماي مئی می május maijs",
    "june jun juin juni junio giugno giu junho czerwca czerwiec cze июня июнь июн червня червень чер haziran haz iyun iunie \
     ιουνίου ιούνιος ιουν հունիս հունիսի հնս يونيو حزيران ژوئن ივნისი יוני června \
     جوان جون června június červen յունիս յունիսի",
    "july jul juillet juil juli julio luglio lug julho lipca lipiec lip июля июль июл липня липень лип temmuz tem iyul iulie \
     ιουλίου ιούλιος ιουλ հուլիս հուլիսի հլս يوليو تموز ژوئیه ივლისი יולי července \
     جويلية يوليوز جولای جولائی července július červenec յուլիս յուլիսի",
    "august aug août aout agosto ago augustus sierpnia sierpień sie августа август авг серпня серпень сер ağustos ağu avqust \
     αυγούστου αύγουστος αυγ օգոստոս օգոստոսի օգս أغسطس اغسطس آب اوت აგვისტო אוגוסט srpna \
     أوت غشت اگست augusti augusztus srpen",
    "september sep sept septembre septiembre settembre set setembro września wrzesień wrz сентября сентябрь сен сент вересня \
     вересень вер eylül eyl sentyabr septembrie σεπτεμβρίου σεπτέμβριος σεπ սեպտեմբեր սեպտեմբերի սեպ سبتمبر أيلول ايلول سپتامبر სექტემბერი ספטמבר září \
     شتنبر ستمبر setiembre septembris september szeptember září",
    "october oct octobre oktober okt octubre ottobre ott outubro out października październik paź октября октябрь окт жовтня \
     жовтень жов ekim eki oktyabr octombrie οκτωβρίου οκτώβριος οκτ հոկտեմբեր հոկտեմբերի հոկ أكتوبر اكتوبر اکتبر ოქტომბერი אוקטובר října \
     تشرينالأول október október října říjen",
    "november nov novembre noviembre novembro listopada listopad lis ноября ноябрь ноя нояб листопада листопад kasım kas noyabr \
     noiembrie νοεμβρίου νοέμβριος νοε նոյեմբեր նոյեմբերի նոյ نوفمبر نوامبر ნოემბერი נובמבר \
     تشرينالثاني نونبر نومبر listopadu",
    "december dec décembre déc dezember dez diciembre dic dicembre dezembro grudnia grudzień gru декабря декабрь дек грудня \
     грудень гру aralık ara dekabr decembrie δεκεμβρίου δεκέμβριος δεκ դեկտեմբեր դեկտեմբերի դեկ ديسمبر دسامبر დეკემბერი דצמבר prosince \
     كانونالأول دجنبر دسمبر desember prosinec",
];

/// What a word is in a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A month of a calendar, by its number.
    Month(Calendar, i8),
    /// The first of the words that may name a month together.
    Opens,
}

static BY_NAME: LazyLock<HashMap<String, Part>> = LazyLock::new(|| {
    let mut names: HashMap<String, Part> = HashMap::with_capacity(1_000);
    let lists = [(Calendar::Gregorian, &MONTHS), (Calendar::Jalali, &JALALI), (Calendar::Hijri, &HIJRI)];
    for (calendar, months) in lists {
        for (n, list) in (1i8..).zip(months) {
            for name in list.split_whitespace() {
                names.entry(plain(name)).or_insert(Part::Month(calendar, n));
            }
        }
    }
    for word in OPENS.split_whitespace() {
        names.entry(plain(word)).or_insert(Part::Opens);
    }
    names
});

/// What a word in lower case, without a full stop, is in a date.
pub(super) fn part(word: &str) -> Option<Part> {
    if word.len() < 3 || word.len() > 40 {
        return None;
    }
    if is_written_variously(word) { BY_NAME.get(&plain(word)).copied() } else { BY_NAME.get(word).copied() }
}
