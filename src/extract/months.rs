//! Names of the Gregorian months in the languages that are read.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Twelve months, in each the names parted by spaces, forms and abbreviations of all languages.
const MONTHS: [&str; 12] = [
    "january jan janvier janv januar jänner jän enero ene gennaio gen janeiro januari stycznia styczeń sty января январь янв \
     січня січень січ ocak oca yanvar ianuarie ιανουαρίου ιανουάριος ιαν հունվար հունվարի հնվ يناير كانون-الثاني ژانویه იანვარი ינואר leden ledna siječanj",
    "february feb février févr fév februar febrero febbraio fevereiro fev februari lutego luty lut февраля февраль фев февр \
     лютого лютий лют şubat şub fevral φεβρουαρίου φεβρουάριος φεβ փետրվար փետրվարի փետ فبراير شباط فوریه თებერვალი פברואר února",
    "march mar mars märz mär mrz marzo março maart mrt marca marzec marz марта март мар березня березень бер mart martie \
     μαρτίου μάρτιος μαρ մարտ մարտի مارس آذار მარტი מרץ března",
    "april apr avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр квітня квітень кві nisan nis aprel aprilie \
     απριλίου απρίλιος απρ ապրիլ ապրիլի ապր أبريل ابريل إبريل نيسان آوریل აპრილი אפריל dubna",
    "may mai mayo maggio mag maio mei maja maj мая май травня травень тра mayıs may μαΐου μάιος μαι մայիս մայիսի \
     مايو أيار ايار مه მაისი מאי května",
    "june jun juin juni junio giugno giu junho czerwca czerwiec cze июня июнь июн червня червень чер haziran haz iyun iunie \
     ιουνίου ιούνιος ιουν հունիս հունիսի հնս يونيو حزيران ژوئن ივნისი יוני června",
    "july jul juillet juil juli julio luglio lug julho lipca lipiec lip июля июль июл липня липень лип temmuz tem iyul iulie \
     ιουλίου ιούλιος ιουλ հուլիս հուլիսի հլս يوليو تموز ژوئیه ივლისი יולי července",
    "august aug août aout agosto ago augustus sierpnia sierpień sie августа август авг серпня серпень сер ağustos ağu avqust \
     αυγούστου αύγουστος αυγ օգոստոս օգոստոսի օգս أغسطس اغسطس آب اوت აგვისტო אוגוסט srpna",
    "september sep sept septembre septiembre settembre set setembro września wrzesień wrz сентября сентябрь сен сент вересня \
     вересень вер eylül eyl sentyabr septembrie σεπτεμβρίου σεπτέμβριος σεπ սեպտեմբեր սեպտեմբերի սեպ سبتمبر أيلول ايلول سپتامبر სექტემბერი ספטמבר září",
    "october oct octobre oktober okt octubre ottobre ott outubro out października październik paź октября октябрь окт жовтня \
     жовтень жов ekim eki oktyabr octombrie οκτωβρίου οκτώβριος οκτ հոկտեմբեր հոկտեմբերի հոկ أكتوبر اكتوبر اکتبر ოქტომბერი אוקטובר října",
    "november nov novembre noviembre novembro listopada listopad lis ноября ноябрь ноя нояб листопада листопад kasım kas noyabr \
     noiembrie νοεμβρίου νοέμβριος νοε նոյեմբեր նոյեմբերի նոյ نوفمبر نوامبر ნოემბერი נובמבר",
    "december dec décembre déc dezember dez diciembre dic dicembre dezembro grudnia grudzień gru декабря декабрь дек грудня \
     грудень гру aralık ara dekabr decembrie δεκεμβρίου δεκέμβριος δεκ դեկտեմբեր դեկտեմբերի դեկ ديسمبر دسامبر დეკემბერი דצמבר prosince",
];

static BY_NAME: LazyLock<HashMap<&'static str, i8>> = LazyLock::new(|| {
    let numbered = (1i8..).zip(MONTHS);
    numbered.flat_map(|(n, names)| names.split_whitespace().map(move |name| (name, n))).collect()
});

/// The number of a month by its name in lower case, without a full stop.
pub(super) fn number(name: &str) -> Option<i8> {
    if name.len() < 3 || name.len() > 40 {
        return None;
    }
    BY_NAME.get(name).copied()
}
