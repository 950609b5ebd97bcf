//! Pages made for comparing: templates with noise that differs at every look, and pages of made sentences in many scripts.

use keepfast::extract::{Input, read};
use keepfast::model::Document;
use url::Url;

/// A small generator: the same pages everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut new = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            new.next();
        }
        new
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from((self.next() >> 16) % n.max(1) as u64).unwrap()
    }

    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// What the real reader reads.
pub fn document(html: &str, url: &str) -> Document {
    let url = Url::parse(url).unwrap();
    read(&Input { body: html.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false })
}

/// Ages as they are shown from look to look, the last one a date: language, then the steps with `#` for a number.
pub const AGES: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "just now",
            "# minutes ago",
            "an hour ago",
            "# hours ago",
            "yesterday at 14:30",
            "# days ago",
            "22 November 2026",
        ],
    ),
    (
        "fr",
        &[
            "à l'instant",
            "il y a # minutes",
            "il y a une heure",
            "il y a # heures",
            "hier à 14:30",
            "il y a # jours",
            "22 novembre 2026",
        ],
    ),
    (
        "de",
        &[
            "gerade eben",
            "vor # Minuten",
            "vor einer Stunde",
            "vor # Stunden",
            "gestern um 14:30",
            "vor # Tagen",
            "22. November 2026",
        ],
    ),
    (
        "es",
        &[
            "ahora mismo",
            "hace # minutos",
            "hace una hora",
            "hace # horas",
            "ayer a las 14:30",
            "hace # días",
            "22 de noviembre de 2026",
        ],
    ),
    ("it", &["poco fa", "# minuti fa", "un'ora fa", "# ore fa", "ieri alle 14:30", "# giorni fa", "22 novembre 2026"]),
    (
        "pt",
        &[
            "agora mesmo",
            "há # minutos",
            "há uma hora",
            "há # horas",
            "ontem às 14:30",
            "há # dias",
            "22 de novembro de 2026",
        ],
    ),
    (
        "ru",
        &[
            "только что",
            "# минут назад",
            "час назад",
            "# часов назад",
            "вчера в 14:30",
            "# дней назад",
            "22 ноября 2026",
        ],
    ),
    (
        "uk",
        &["щойно", "# хвилин тому", "годину тому", "# годин тому", "вчора о 14:30", "# днів тому", "22 листопада 2026"],
    ),
    ("tr", &["az önce", "# dakika önce", "bir saat önce", "# saat önce", "dün 14:30", "# gün önce", "22 Kasım 2026"]),
    (
        "az",
        &["indicə", "# dəqiqə əvvəl", "bir saat əvvəl", "# saat əvvəl", "dünən 14:30", "# gün əvvəl", "22 noyabr 2026"],
    ),
    ("hy", &["հենց նոր", "# րոպե առաջ", "մեկ ժամ առաջ", "# ժամ առաջ", "երեկ 14:30", "# օր առաջ", "22 նոյեմբերի 2026"]),
    ("ar", &["الآن", "منذ # دقائق", "منذ ساعة", "منذ # ساعات", "أمس 14:30", "منذ # أيام", "22 نوفمبر 2026"]),
    ("fa", &["لحظاتی پیش", "# دقیقه پیش", "یک ساعت پیش", "# ساعت پیش", "دیروز 14:30", "# روز پیش", "22 نوامبر 2026"]),
    (
        "el",
        &[
            "μόλις τώρα",
            "πριν από # λεπτά",
            "πριν από μία ώρα",
            "πριν από # ώρες",
            "χθες 14:30",
            "πριν από # ημέρες",
            "22 Νοεμβρίου 2026",
        ],
    ),
    (
        "nl",
        &[
            "zojuist",
            "# minuten geleden",
            "een uur geleden",
            "# uur geleden",
            "gisteren om 14:30",
            "# dagen geleden",
            "22 november 2026",
        ],
    ),
    (
        "pl",
        &[
            "przed chwilą",
            "# minut temu",
            "godzinę temu",
            "# godzin temu",
            "wczoraj o 14:30",
            "# dni temu",
            "22 listopada 2026",
        ],
    ),
];

fn age(language: &str, look: usize, dice: &mut Dice) -> String {
    let (_, steps) = AGES.iter().find(|(code, _)| *code == language).unwrap();
    let step = steps[(look / 4).min(steps.len() - 1)];
    step.replace('#', &(2 + dice.below(57)).to_string())
}

/// A look at a template: `tests/noise/README.md` says what stands for what.
pub fn look(template: &str, look: usize) -> String {
    let mut dice = Dice::new(look as u64 * 7919 + template.len() as u64);
    let mut lines = Vec::new();
    let mut block: Option<(String, Vec<&str>)> = None;
    for line in template.lines() {
        match (line.strip_prefix("%%"), &mut block) {
            (Some("end"), _) => {
                let (how, mut inner) = block.take().unwrap();
                if how == "maybe" {
                    if dice.below(2) == 0 {
                        inner.clear();
                    }
                } else {
                    let n = how.strip_prefix("some ").unwrap().parse().unwrap();
                    for at in (1..inner.len()).rev() {
                        inner.swap(at, dice.below(at + 1));
                    }
                    inner.truncate(n);
                }
                lines.extend(inner);
            }
            (Some(how), _) => block = Some((how.to_owned(), Vec::new())),
            (None, Some((_, inner))) => inner.push(line),
            (None, None) => lines.push(line),
        }
    }
    let mut out = String::new();
    let text = lines.join("\n");
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap();
        out.push_str(before);
        out.push_str(&filled(name, look, &mut dice));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn filled(name: &str, look: usize, dice: &mut Dice) -> String {
    let (what, how) = name.split_once(':').unwrap_or((name, ""));
    match what {
        "n" => {
            let (low, high) = how.split_once('-').unwrap();
            let (low, high): (usize, usize) = (low.parse().unwrap(), high.parse().unwrap());
            (low + dice.below(high - low + 1)).to_string()
        }
        "more" => {
            let count = how.parse::<usize>().unwrap() + look * (3 + dice.below(40)) + look;
            if count < 1000 { count.to_string() } else { format!("{},{:03}", count / 1000, count % 1000) }
        }
        "hex" => (0..how.parse().unwrap()).map(|_| char::from(b"0123456789abcdef"[dice.below(16)])).collect(),
        "clock" => format!("{:02}:{:02}", dice.below(24), dice.below(60)),
        "pick" => {
            let all: Vec<&str> = how.split('|').collect();
            dice.of(&all).to_owned()
        }
        "age" => age(how, look, dice),
        _ => panic!("{name} is in no template"),
    }
}

/// Words of one language: of these sentences are made.
pub struct Tongue {
    pub code: &'static str,
    text: &'static str,
    /// Between words.
    pub space: &'static str,
    /// Ends a sentence.
    pub stop: &'static str,
}

impl Tongue {
    /// Its words.
    pub fn words(&self) -> Vec<&'static str> {
        self.text.split_whitespace().collect()
    }
}

const fn tongue(code: &'static str, text: &'static str) -> Tongue {
    Tongue { code, text, space: " ", stop: "." }
}

pub const TONGUES: &[Tongue] = &[
    tongue(
        "en",
        "bridge river village stone bread winter school mason children flood lamp baker market road letter window garden morning people walked carried opened counted remembers",
    ),
    tongue(
        "de",
        "Brücke Fluss Dorf Stein Brot Winter Schule Maurer Kinder Flut Lampe Bäcker Markt Straße Brief Fenster Garten Abend Leute gingen trugen öffnete zählten erinnert",
    ),
    tongue(
        "fr",
        "pont rivière village pierre pain hiver école maçon enfants crue lampe boulanger marché route lettre fenêtre jardin soir gens marchaient portaient ouvrit comptaient rappelle",
    ),
    tongue(
        "ru",
        "мост река деревня камень хлеб зима школа каменщик дети паводок лампа пекарь рынок дорога письмо окно сад вечер люди шли несли открыл считали помнит",
    ),
    tongue(
        "uk",
        "міст річка село камінь хліб зима школа муляр діти повінь лампа пекар ринок дорога лист вікно садок вечір люди ішли несли відчинив рахували пам'ятає",
    ),
    tongue(
        "hy",
        "կամուրջ գետ գյուղ քար հաց ձմեռ դպրոց վարպետ երեխաներ հեղեղ լամպ հացթուխ շուկա ճանապարհ նամակ պատուհան այգի երեկո մարդիկ քայլում տանում բացեց հաշվում հիշում",
    ),
    tongue(
        "ar",
        "جسر نهر قرية حجر خبز شتاء مدرسة بناء أطفال فيضان مصباح خباز سوق طريق رسالة نافذة حديقة مساء ناس مشوا حملوا فتح عدوا يتذكر",
    ),
    tongue(
        "fa",
        "پل رودخانه روستا سنگ نان زمستان مدرسه بنا کودکان سیل چراغ نانوا بازار جاده نامه پنجره باغ عصر مردم رفتند بردند گشود شمردند یاد",
    ),
    tongue(
        "he",
        "גשר נהר כפר אבן לחם חורף מדרסה בנאי ילדים שיטפון מנורה אופה שוק דרך מכתב חלון גינה ערב אנשים הלכו נשאו פתח ספרו זוכר",
    ),
    tongue(
        "el",
        "γέφυρα ποτάμι χωριό πέτρα ψωμί χειμώνας σχολείο μάστορας παιδιά πλημμύρα λάμπα φούρναρης αγορά δρόμος γράμμα παράθυρο κήπος βράδυ άνθρωποι περπάτησαν κουβάλησαν άνοιξε μέτρησαν θυμάται",
    ),
    tongue(
        "ka",
        "ხიდი მდინარე სოფელი ქვა პური ზამთარი სკოლა კალატოზი ბავშვები წყალდიდობა ლამპა მეპურე ბაზარი გზა წერილი ფანჯარა ბაღი საღამო ხალხი მიდიოდა მიჰქონდა გააღო ითვლიდა ახსოვს",
    ),
    tongue(
        "tr",
        "köprü ırmak köy taş ekmek kış okul usta çocuklar sel lamba fırıncı pazar yol mektup pencere bahçe akşam insanlar yürüdü taşıdı açtı saydı hatırlar",
    ),
    tongue(
        "hi",
        "पुल नदी गाँव पत्थर रोटी सर्दी विद्यालय राजमिस्त्री बच्चे बाढ़ दीपक नानबाई बाज़ार सड़क चिट्ठी खिड़की बगीचा शाम लोग चले उठाया खोला गिना याद",
    ),
    tongue(
        "ko",
        "다리 강물 마을 돌멩이 빵집 겨울 학교 석공 아이들 홍수 등불 제빵사 시장 도로 편지 창문 정원 저녁 사람들 걸었다 날랐다 열었다 세었다 기억한다",
    ),
    Tongue {
        code: "zh",
        text: "桥梁 河流 村庄 石头 面包 冬天 学校 石匠 孩子 洪水 灯光 面包师 市场 道路 书信 窗户 花园 傍晚 人们 走过 搬运 打开 清点 记得",
        space: "",
        stop: "。",
    },
    Tongue {
        code: "ja",
        text: "橋 川 村 石 パン 冬 学校 石工 子供 洪水 灯り パン屋 市場 道 手紙 窓 庭 夕方 人々 歩いた 運んだ 開けた 数えた 覚えている",
        space: "",
        stop: "。",
    },
    Tongue {
        code: "th",
        text: "สะพาน แม่น้ำ หมู่บ้าน หิน ขนมปัง ฤดูหนาว โรงเรียน ช่าง เด็ก น้ำท่วม ตะเกียง คนทำขนม ตลาด ถนน จดหมาย หน้าต่าง สวน ตอนเย็น ผู้คน เดิน แบก เปิด นับ จำได้",
        space: "",
        stop: " ",
    },
];

/// Where a word of a made page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Title,
    Byline,
    Paragraph,
    ListItem,
    Cell,
    Caption,
    Comment,
}

pub const SPOTS: &[Spot] = &[
    Spot::Title,
    Spot::Byline,
    Spot::Paragraph,
    Spot::Paragraph,
    Spot::ListItem,
    Spot::Cell,
    Spot::Caption,
    Spot::Comment,
];

/// A page of made sentences, around which there is noise of `look`.
pub struct Made {
    title: Vec<&'static str>,
    byline: Vec<&'static str>,
    paragraphs: Vec<Vec<&'static str>>,
    items: Vec<Vec<&'static str>>,
    cells: Vec<Vec<&'static str>>,
    caption: Vec<&'static str>,
    comments: Vec<Vec<&'static str>>,
    tongue: &'static Tongue,
    /// The last edit: line, place in it, what stood there and what stands there.
    last: (usize, usize, &'static str, &'static str),
}

impl Made {
    pub fn new(tongue: &'static Tongue, dice: &mut Dice) -> Self {
        let all = tongue.words();
        let mut words = |n: usize| (0..n).map(|_| dice.of(&all)).collect::<Vec<_>>();
        let mut some = |n: usize, long: usize| (0..n).map(|at| words(long + at % 3)).collect::<Vec<_>>();
        Self {
            title: some(1, 4).remove(0),
            byline: some(1, 2).remove(0),
            paragraphs: some(6, 22),
            items: some(4, 6),
            cells: some(9, 1),
            caption: some(1, 6).remove(0),
            comments: some(4, 9),
            tongue,
            last: (0, 0, "", ""),
        }
    }

    fn line(&mut self, spot: Spot, at: usize) -> &mut Vec<&'static str> {
        match spot {
            Spot::Title => &mut self.title,
            Spot::Byline => &mut self.byline,
            Spot::Caption => &mut self.caption,
            Spot::Paragraph => &mut self.paragraphs[at % 6],
            Spot::ListItem => &mut self.items[at % 4],
            Spot::Cell => &mut self.cells[at % 9],
            Spot::Comment => &mut self.comments[at % 4],
        }
    }

    /// Takes the last edit back.
    pub fn undo(&mut self, spot: Spot) {
        let (line, at, old, _) = self.last;
        self.line(spot, line)[at] = old;
    }

    /// Makes it again.
    pub fn redo(&mut self, spot: Spot) {
        let (line, at, _, new) = self.last;
        self.line(spot, line)[at] = new;
    }

    /// Puts another word in place of one; returns the old and the new.
    pub fn edit(&mut self, spot: Spot, dice: &mut Dice) -> (&'static str, &'static str) {
        let all = self.tongue.words();
        let which = dice.below(36);
        let line = self.line(spot, which);
        let at = dice.below(line.len());
        let old = line[at];
        let new = all.iter().copied().cycle().skip(dice.below(all.len())).find(|word| *word != old).unwrap();
        line[at] = new;
        self.last = (which, at, old, new);
        (old, new)
    }

    pub fn html(&self, look: usize) -> String {
        let said = |words: &[&str]| words.join(self.tongue.space);
        let sentence = |words: &[&str]| format!("{}{}", said(words), self.tongue.stop);
        let mut dice = Dice::new(look as u64 + 17);
        let each = |all: &[Vec<&'static str>], tag: &str| -> String {
            all.iter().map(|words| format!("<{tag}>{}</{tag}>\n", sentence(words))).collect()
        };
        let rows: String = self
            .cells
            .chunks(3)
            .map(|row| {
                let cells: String = row.iter().map(|words| format!("<td>{}</td>", said(words))).collect();
                format!("<tr>{cells}</tr>\n")
            })
            .collect();
        let comments: String = self
            .comments
            .iter()
            .enumerate()
            .map(|(n, words)| {
                format!(
                    "<li class=\"comment\" id=\"comment-{n}\"><div class=\"comment-body\"><cite class=\"fn\">{}{n}</cite> <time>{} minutes \
                     ago</time><div class=\"comment-content\"><p>{}</p></div></div></li>\n",
                    self.tongue.words()[n],
                    2 + dice.below(50),
                    sentence(words)
                )
            })
            .collect();
        let (views, token) = (1000 + dice.below(9000), dice.below(1 << 30));
        let (half, rest) = self.paragraphs.split_at(3);
        format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title><meta property=\"og:type\" content=\"article\">\
             <meta name=\"csrf-token\" content=\"{token:x}\"></head><body><header><a href=\"/?sid={token:x}\">Home</a></header><main>\
             <article class=\"post hentry\"><h1 class=\"entry-title\">{title}</h1><p class=\"byline\">By <a rel=\"author\" class=\"author\" \
             href=\"/people/1\">{}</a></p><p>{views} views</p><div class=\"entry-content\">{}<figure><img src=\"/i.jpg?v={token}\" \
             alt=\"\"><figcaption>{}</figcaption></figure><ul>{}</ul><table>{rows}</table>{}</div></article><section id=\"comments\" \
             class=\"comments\"><h2>4 comments</h2><ol class=\"comment-list\">{comments}</ol></section></main><footer>Page generated in \
             0.{token} seconds</footer></body></html>",
            self.tongue.code,
            self.byline.join(" "),
            each(half, "p"),
            sentence(&self.caption),
            each(&self.items, "li"),
            each(rest, "p"),
            title = said(&self.title),
        )
    }
}
