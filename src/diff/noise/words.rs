//! The words that tell noise, by language: data for the rules beside this file. A form that two languages share stands in both.

/// Words of one language, in lower case, alternatives parted by `|`, phrases of several words with spaces.
pub(super) struct Language {
    /// BCP 47.
    #[cfg_attr(not(test), expect(dead_code, reason = "names the row"))]
    pub code: &'static str,
    /// What stands before an age: `vor` 5 Minuten.
    pub before: &'static str,
    /// What stands after it: 5 minutes `ago`.
    pub after: &'static str,
    /// Units up to weeks: a text that counts in them counts from now.
    pub units: &'static str,
    /// Months and years, which texts speak of, too.
    pub long: &'static str,
    /// Words for one: `an` hour ago.
    pub one: &'static str,
    /// A moment ago.
    pub now: &'static str,
    /// Days named by their distance.
    pub days: &'static str,
    /// What is counted: 1,204 `views`.
    pub counted: &'static str,
    /// Beginnings of lines that list who is here now.
    pub present: &'static str,
    /// Beginnings of lines that tell when the page was made or looked after; the rest of the line is a time.
    pub made: &'static str,
}

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        code: "en",
        before: "",
        after: "ago",
        units: "second|seconds|sec|secs|s|minute|minutes|min|mins|m|hour|hours|hr|hrs|h|day|days|d|week|weeks|wk|wks|w",
        long: "month|months|mo|mos|year|years|yr|yrs|y",
        one: "a|an|one",
        now: "just now|right now|a moment ago|moments ago|a few seconds ago|seconds ago",
        days: "today|yesterday|tomorrow",
        counted: "following|connections|stars|forks|watchers|post|posts|message|messages|topic|topics|dislike|dislikes|bloggers|view|views|read|reads|share|shares|like|likes|follower|followers|subscriber|subscribers|online|visitor|\
            visitors|visit|visits|hit|hits|clap|claps|comment|comments|reply|replies|response|responses|retweet|retweets|\
            repost|reposts|upvote|upvotes|point|points|reaction|reactions|download|downloads|play|plays|watching|guest|\
            guests|member|members|user|users|vote|votes|rating|ratings|bookmark|bookmarks|favorite|favorites|favourites|\
            impressions|listeners|viewers|people online",
        present: "users browsing|users online|who is online|who's online|online now|members online|currently online|\
            in total there are|now online|users viewing|currently viewing|currently active users|most users ever online",
        made: "it is currently|page generated in|page rendered in|page created in|generated in|generated at|rendered in|\
            last updated|updated|last modified|last refreshed|last visit|current time|time now|the time now is|\
            the time is now|server time|local time|loaded in",
    },
    Language {
        code: "fr",
        before: "il y a",
        after: "",
        units: "seconde|secondes|sec|s|minute|minutes|min|mn|heure|heures|h|jour|jours|j|semaine|semaines|sem",
        long: "mois|an|ans|année|années",
        one: "un|une",
        now: "à l'instant|à l’instant|maintenant|il y a un instant",
        days: "aujourd'hui|aujourd’hui|hier|avant-hier|demain",
        counted: "message|messages|sujets|vue|vues|lecture|lectures|partage|partages|j'aime|j’aime|abonné|abonnés|visiteur|visiteurs|visite|\
            visites|commentaire|commentaires|réponse|réponses|réaction|réactions|téléchargement|téléchargements|vote|\
            votes|invité|invités|membre|membres|connectés|utilisateurs|avis",
        present: "en ligne|utilisateurs parcourant|qui est en ligne|membres en ligne|utilisateurs en ligne|actuellement en ligne",
        made: "page générée en|générée en|mis à jour|mise à jour|dernière mise à jour|dernière modification|nous sommes|\
            heure actuelle|il est actuellement",
    },
    Language {
        code: "de",
        before: "vor",
        after: "",
        units: "sekunde|sekunden|sek|s|minute|minuten|min|stunde|stunden|std|h|tag|tage|tagen|t|woche|wochen|wo",
        long: "monat|monate|monaten|jahr|jahre|jahren",
        one: "ein|eine|einer|einem|einen",
        now: "gerade eben|soeben|eben|jetzt|gerade",
        days: "heute|gestern|vorgestern|morgen",
        counted: "beitrag|beiträge|themen|nachrichten|personen gefällt|aufruf|aufrufe|ansicht|ansichten|mal gelesen|geteilt|gefällt|likes|abonnent|abonnenten|follower|besucher|\
            besuche|kommentar|kommentare|antwort|antworten|reaktion|reaktionen|downloads|stimme|stimmen|gäste|gast|\
            mitglieder|benutzer|nutzer|online|zugriffe|bewertungen",
        present: "wer ist online|mitglieder in diesem forum|benutzer online|jetzt online|zurzeit online|derzeit online|\
            insgesamt sind|besucher online|gerade online",
        made: "aktuelle zeit|es ist|seite generiert in|seite erstellt in|erstellt in|generiert in|zuletzt aktualisiert|\
            aktualisiert|stand|letzte aktualisierung|zuletzt geändert|letzte änderung",
    },
    Language {
        code: "es",
        before: "hace|hace unos|hace unas",
        after: "atrás",
        units: "segundo|segundos|seg|s|minuto|minutos|min|hora|horas|h|día|días|d|semana|semanas|sem",
        long: "mes|meses|año|años",
        one: "un|una",
        now: "ahora|ahora mismo|justo ahora|hace un momento|hace instantes",
        days: "hoy|ayer|anteayer|mañana",
        counted: "mensaje|mensajes|temas|publicaciones|vista|vistas|visita|visitas|lecturas|compartido|compartidos|gusta|seguidores|seguidor|suscriptores|\
            visitantes|visualizaciones|reproducciones|comentario|comentarios|respuesta|respuestas|reacciones|descargas|\
            votos|voto|invitados|miembros|usuarios|conectados|puntos",
        present: "en línea|usuarios conectados|quién está conectado|usuarios navegando|usuarios en línea|ahora en línea|conectados ahora",
        made: "página generada en|generado en|actualizado|actualizada|última actualización|última modificación|fecha actual|hora actual",
    },
    Language {
        code: "it",
        before: "",
        after: "fa|or sono",
        units: "secondo|secondi|sec|s|minuto|minuti|min|ora|ore|un'ora|un’ora|h|giorno|giorni|g|settimana|settimane|sett",
        long: "mese|mesi|anno|anni",
        one: "un|una|un'|uno",
        now: "adesso|ora|proprio ora|poco fa|un attimo fa",
        days: "oggi|ieri|l'altroieri|domani",
        counted: "messaggio|messaggi|discussioni|post|visualizzazione|visualizzazioni|visite|visita|letture|condivisioni|condivisione|piace|follower|iscritti|\
            visitatori|commento|commenti|risposta|risposte|reazioni|download|voti|voto|ospiti|utenti|membri|punti",
        present: "chi c'è in linea|utenti connessi|utenti online|in linea|visitano il forum|online adesso|utenti in linea",
        made: "pagina generata in|generata in|aggiornato|aggiornata|ultimo aggiornamento|ultima modifica|oggi è|ora corrente",
    },
    Language {
        code: "pt",
        before: "há|faz",
        after: "atrás",
        units: "segundo|segundos|seg|s|minuto|minutos|min|hora|horas|h|dia|dias|d|semana|semanas|sem",
        long: "mês|meses|mes|ano|anos",
        one: "um|uma",
        now: "agora|agora mesmo|neste momento|há instantes|há pouco",
        days: "hoje|ontem|anteontem|amanhã",
        counted: "mensagem|mensagens|tópicos|posts|visualização|visualizações|vistas|visita|visitas|leituras|compartilhamentos|partilhas|gosto|gostos|curtida|\
            curtidas|seguidores|inscritos|visitantes|comentário|comentários|resposta|respostas|reações|downloads|votos|\
            voto|convidados|membros|usuários|utilizadores|pontos",
        present: "quem está online|usuários online|utilizadores online|usuários navegando|online agora|em linha",
        made: "página gerada em|gerado em|atualizado|atualizada|última atualização|última modificação|data atual|hora atual",
    },
    Language {
        code: "ru",
        before: "",
        after: "назад|тому назад",
        units: "секунд|секунду|секунды|секунда|сек|с|минут|минуту|минуты|минута|мин|м|час|часа|часов|ч|день|дня|дней|дн|\
            неделю|недели|недель|неделя|нед",
        long: "месяц|месяца|месяцев|мес|год|года|лет|г",
        one: "одну|один|одна",
        now: "только что|сейчас|секунду назад|минуту назад|час назад|день назад|неделю назад",
        days: "сегодня|вчера|позавчера|завтра",
        counted: "сообщение|сообщения|сообщений|тем|записей|постов|дизлайков|просмотр|просмотра|просмотров|прочтений|поделились|репост|репоста|репостов|лайк|лайка|лайков|подписчик|\
            подписчика|подписчиков|посетитель|посетителя|посетителей|комментарий|комментария|комментариев|ответ|ответа|\
            ответов|реакция|реакции|реакций|загрузок|скачиваний|голос|голоса|голосов|гость|гостя|гостей|участников|\
            пользователей|пользователя|онлайн|баллов|нравится|оценок|отзывов",
        present: "кто онлайн|сейчас на сайте|сейчас на форуме|пользователи онлайн|в сети|онлайн|просматривают|\
            сейчас этот форум просматривают|сейчас просматривают|на сайте",
        made: "текущее время|сейчас|страница сгенерирована за|страница создана за|сгенерировано за|обновлено|\
            последнее обновление|последнее изменение|дата обновления|часовой пояс",
    },
    Language {
        code: "uk",
        before: "",
        after: "тому",
        units: "секунд|секунду|секунди|сек|с|хвилин|хвилину|хвилини|хв|годин|годину|години|год|день|дні|днів|дн|\
            тиждень|тижні|тижнів|тиж",
        long: "місяць|місяці|місяців|міс|рік|роки|років|р",
        one: "одну|один",
        now: "щойно|тільки що|зараз|хвилину тому|годину тому|день тому|тиждень тому",
        days: "сьогодні|вчора|учора|позавчора|завтра",
        counted: "повідомлення|повідомлень|дописів|тем|перегляд|перегляди|переглядів|поширень|репостів|вподобань|вподобайок|лайків|лайк|підписників|підписник|\
            відвідувачів|відвідувач|коментар|коментарі|коментарів|відповідь|відповіді|відповідей|реакцій|завантажень|\
            голосів|голос|гостей|гість|учасників|користувачів|онлайн",
        present: "хто онлайн|зараз на сайті|користувачі онлайн|в мережі|онлайн|зараз переглядають|переглядають",
        made: "поточний час|сторінка згенерована за|оновлено|останнє оновлення|остання зміна|зараз",
    },
    Language {
        code: "tr",
        before: "",
        after: "önce|evvel",
        units: "saniye|sn|dakika|dk|saat|sa|gün|g|hafta|hf",
        long: "ay|yıl|sene",
        one: "bir",
        now: "az önce|şimdi|şu an|şu anda|biraz önce|demin",
        days: "bugün|dün|evvelsi gün|yarın",
        counted: "mesaj|ileti|konu|gönderi|görüntülenme|görüntüleme|okunma|okuma|paylaşım|beğeni|beğenme|takipçi|abone|ziyaretçi|ziyaret|yorum|\
            yanıt|cevap|tepki|indirme|oy|misafir|üye|kullanıcı|çevrimiçi|izlenme|kez okundu",
        present: "kimler çevrimiçi|çevrimiçi|şu anda çevrimiçi|bu forumu görüntüleyenler|aktif kullanıcılar",
        made: "şu anki zaman|sayfa oluşturma süresi|güncellendi|son güncelleme|güncelleme|son değişiklik|şu an",
    },
    Language {
        code: "az",
        before: "",
        after: "əvvəl|öncə|qabaq",
        units: "saniyə|san|dəqiqə|dəq|saat|gün|həftə",
        long: "ay|il",
        one: "bir",
        now: "indicə|indi|elə indi|bayaq",
        days: "bu gün|bugün|dünən|srağagün|sabah",
        counted: "mesaj|mövzu|yazı|baxış|baxılıb|oxunub|oxunuş|paylaşım|bəyənmə|bəyəni|izləyici|abunəçi|ziyarətçi|şərh|cavab|reaksiya|\
            yükləmə|səs|qonaq|üzv|istifadəçi|onlayn|dəfə oxunub",
        present: "onlayn|kim onlayndır|hazırda saytda|hazırda onlayn",
        made: "yenilənib|son yenilənmə|yeniləndi|hazırkı vaxt|indiki vaxt",
    },
    Language {
        code: "hy",
        before: "",
        after: "առաջ",
        units: "վայրկյան|վրկ|վ|րոպե|ր|րոպ|ժամ|ժ|օր|շաբաթ",
        long: "ամիս|տարի",
        one: "մեկ|մի",
        now: "հենց նոր|հիմա|քիչ առաջ|այս պահին|նոր",
        days: "այսօր|երեկ|վաղը",
        counted: "գրառում|գրառումներ|հաղորդագրություն|դիտում|դիտումներ|ընթերցում|կիսվել|հավանում|հավանումներ|հետևորդ|հետեւորդ|բաժանորդ|այցելու|այցելուներ|\
            այցելություն|մեկնաբանություն|մեկնաբանություններ|պատասխան|պատասխաններ|արձագանք|ներբեռնում|ձայն|հյուր|անդամ|\
            օգտատեր|առցանց|դիտվել",
        present: "առցանց|այժմ առցանց|հիմա կայքում|կայքում են",
        made: "թարմացվել է|թարմացված|վերջին թարմացումը|վերջին թարմացում|այժմ",
    },
    Language {
        code: "ar",
        before: "منذ|قبل|قبل حوالي|منذ حوالي",
        after: "مضت|مضى",
        units: "ثانية|ثانيتين|ثوان|ثواني|ثوانٍ|دقيقة|دقيقتين|دقائق|ساعة|ساعتين|ساعات|يوم|يوما|يومًا|يوماً|يومين|أيام|ايام|\
            أسبوع|اسبوع|أسبوعين|اسبوعين|أسابيع|اسابيع",
        long: "شهر|شهرا|شهرين|أشهر|شهور|سنة|سنتين|سنوات|عام|عامين|أعوام",
        one: "واحدة|واحد",
        now: "الآن|الان|منذ لحظات|قبل لحظات|للتو",
        days: "اليوم|أمس|امس|البارحة|غدا|غدًا",
        counted: "رسالة|رسائل|موضوع|مواضيع|منشور|منشورات|مشاهدة|مشاهدات|مشاهدتين|قراءة|قراءات|مشاركة|مشاركات|إعجاب|اعجاب|إعجابات|متابع|متابعين|متابعون|مشترك|\
            مشتركين|زائر|زوار|زيارة|زيارات|تعليق|تعليقات|تعليقا|رد|ردود|تفاعل|تفاعلات|تحميل|تنزيل|صوت|أصوات|ضيف|ضيوف|\
            عضو|أعضاء|مستخدم|متصل",
        present: "المتواجدون الآن|المتواجدون حاليا|متصل الآن|المتصلون الآن|الأعضاء المتصلون|يتصفح الموضوع حاليا",
        made: "آخر تحديث|تم التحديث|الوقت الآن|الساعة الآن|التوقيت الحالي|آخر تعديل",
    },
    Language {
        code: "fa",
        before: "",
        after: "پیش|قبل",
        units: "ثانیه|دقیقه|ساعت|روز|هفته",
        long: "ماه|سال",
        one: "یک",
        now: "هم‌اکنون|هم اکنون|لحظاتی پیش|همین الان|اکنون|چند لحظه پیش",
        days: "امروز|دیروز|پریروز|فردا",
        counted: "ارسال|پست|پیام|موضوع|بازدید|بازدیدها|نمایش|خوانده|اشتراک|پسند|لایک|دنبال‌کننده|دنبال کننده|مشترک|بازدیدکننده|نظر|نظرات|دیدگاه|\
            پاسخ|واکنش|دانلود|رأی|رای|مهمان|عضو|کاربر|آنلاین",
        present: "کاربران آنلاین|افراد آنلاین|کاربران حاضر|آنلاین|هم اکنون آنلاین",
        made: "آخرین به‌روزرسانی|آخرین بروزرسانی|به‌روز شده|بروزرسانی|به‌روزرسانی|ساعت اکنون",
    },
    Language {
        code: "el",
        before: "πριν|πριν από|εδώ και",
        after: "πριν",
        units: "δευτερόλεπτο|δευτερόλεπτα|δευτ|λεπτό|λεπτά|λ|λεπ|ώρα|ώρες|ώρ|ημέρα|ημέρες|μέρα|μέρες|εβδομάδα|εβδομάδες|εβδ",
        long: "μήνα|μήνας|μήνες|έτος|έτη|χρόνο|χρόνια|χρόνος",
        one: "ένα|μία|μια|έναν",
        now: "μόλις τώρα|τώρα|πριν από λίγο|πριν λίγο",
        days: "σήμερα|χθες|χτες|προχθές|αύριο",
        counted: "δημοσιεύσεις|μηνύματα|θέματα|προβολή|προβολές|αναγνώσεις|κοινοποιήσεις|κοινοποίηση|ακόλουθοι|συνδρομητές|επισκέπτες|επισκέπτης|\
            επισκέψεις|σχόλιο|σχόλια|απάντηση|απαντήσεις|αντιδράσεις|λήψεις|ψήφοι|ψήφος|μέλη|μέλος|χρήστες|αρέσει",
        present: "ποιος είναι συνδεδεμένος|συνδεδεμένοι χρήστες|σε σύνδεση|μέλη σε σύνδεση|χρήστες σε σύνδεση",
        made: "τελευταία ενημέρωση|ενημερώθηκε|ενημέρωση|τελευταία τροποποίηση|τώρα είναι|ώρα τώρα",
    },
    Language {
        code: "nl",
        before: "",
        after: "geleden",
        units: "seconde|seconden|sec|s|minuut|minuten|min|uur|uren|u|dag|dagen|d|week|weken|wk",
        long: "maand|maanden|mnd|jaar|jaren|jr",
        one: "een|één",
        now: "zojuist|net|zonet|nu|daarnet",
        days: "vandaag|gisteren|eergisteren|morgen",
        counted: "bericht|berichten|onderwerpen|weergave|weergaven|keer bekeken|keer gelezen|gelezen|gedeeld|likes|volgers|abonnees|bezoekers|bezoeker|\
            bezoeken|reactie|reacties|antwoord|antwoorden|opmerkingen|downloads|stemmen|stem|gasten|leden|gebruikers|online",
        present: "wie is er online|gebruikers online|nu online|leden online|gebruikers op dit forum|momenteel online",
        made: "pagina gegenereerd in|gegenereerd in|bijgewerkt|laatst bijgewerkt|laatste update|laatst gewijzigd|het is nu|huidige tijd",
    },
    Language {
        code: "pl",
        before: "",
        after: "temu",
        units: "sekund|sekundę|sekundy|sek|s|minut|minutę|minuty|min|godzin|godzinę|godziny|godz|g|dzień|dni|d|tydzień|\
            tygodnie|tygodni|tyg",
        long: "miesiąc|miesiące|miesięcy|mies|rok|lata|lat",
        one: "jeden|jedną",
        now: "przed chwilą|teraz|właśnie teraz|dopiero co|minutę temu|godzinę temu|tydzień temu",
        days: "dziś|dzisiaj|wczoraj|przedwczoraj|jutro",
        counted: "posty|postów|wiadomości|tematów|tematy|wyświetlenie|wyświetlenia|wyświetleń|odsłon|odsłony|udostępnień|udostępnienia|polubienie|polubienia|\
            polubień|obserwujących|subskrybentów|odwiedzających|komentarz|komentarze|komentarzy|odpowiedź|odpowiedzi|\
            reakcji|reakcje|pobrań|głosów|głosy|gości|gość|użytkowników|członków|online|wejść",
        present: "kto jest online|użytkownicy online|użytkownicy przeglądający|zalogowani użytkownicy|teraz online",
        made: "strona wygenerowana w|wygenerowano w|zaktualizowano|aktualizacja|ostatnia aktualizacja|ostatnia zmiana|aktualny czas|teraz jest",
    },
];

/// Beginnings of names of months and days of the week, and what else belongs to a time.
pub(super) const OF_TIME: &str = "jan|gen|ene|fév|fev|feb|mar|mär|maa|mrt|apr|avr|abr|may|mai|mag|mei|maj|maio|jun|jui|giu|jul|lug|lip|\
    cze|aug|aoû|ago|ağu|avq|sie|sep|set|wrz|okt|oct|out|ott|paź|oca|şub|nis|haz|tem|eyl|eki|kas|ara|nov|lis|dec|dez|déc|dic|\
    gru|sty|lut|kwi|yan|iyu|sen|noy|dek|янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|\
    вер|жов|лис|гру|հուն|փետ|մարտ|ապր|մայիս|հուլ|օգոս|սեպ|հոկ|նոյ|դեկ|يناير|فبراير|مارس|أبريل|ابريل|مايو|يونيو|يوليو|أغسطس|اغسطس|\
    سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر|كانون|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين|ژانویه|فوریه|آوریل|ژوئن|ژوئیه|اوت|\
    سپتامبر|اکتبر|نوامبر|دسامبر|فروردین|اردیبهشت|خرداد|تیر|مرداد|شهریور|مهر|آبان|آذر|بهمن|اسفند|ιαν|φεβ|μαρ|απρ|μαΐ|μαι|ιουν|ιουλ|\
    αυγ|σεπ|οκτ|νοε|δεκ|mon|tue|wed|thu|fri|sat|sun|lun|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|so|mié|jue|vie|sáb|dom|пн|вт|ср|чт|пт|сб|вс|\
    пон|втор|сред|четв|пятн|субб|воскр|нд|вівт|неділ|pon|wt|śr|czw|pt|sob|nie|pzt|sal|çar|per|cum|paz|երկ|երեք|չոր|հինգ|ուրբ|շաբ|կիր";

/// Words that may stand between the parts of a time.
pub(super) const IN_TIME: &str = "at|on|the|am|pm|utc|gmt|msk|cet|cest|est|edt|pst|pdt|uhr|um|am|à|le|de|del|a|las|los|às|as|em|il|alle|ore|h|в|во|о|об|на|г|\
    года|р|року|у|saat|o|om|op|de|dnia|w|στις|ժամը|ին|الساعة|في|ساعت|در|s|ms|sec|seconds|sekunden|secondes|segundos|secondi|seconden|\
    sekund|секунд|секунды|сек|с|queries|with|by|из|and|und|et|y|e|i|və|ve|և|و";

/// Of the units those of days and weeks, in which sentences count, too.
pub(super) const DAYS: &str = "day|days|d|week|weeks|wk|wks|w|jour|jours|j|semaine|semaines|sem|tag|tage|tagen|t|woche|wochen|wo|día|días|\
    semana|semanas|giorno|giorni|settimana|settimane|sett|dia|dias|день|дня|дней|дн|неделю|недели|недель|неделя|нед|дні|днів|тиждень|тижні|\
    тижнів|тиж|gün|g|hafta|hf|həftə|օր|շաբաթ|يوم|يوما|يومًا|يوماً|يومين|أيام|ايام|أسبوع|اسبوع|أسبوعين|اسبوعين|أسابيع|اسابيع|روز|هفته|\
    ημέρα|ημέρες|μέρα|μέρες|εβδομάδα|εβδομάδες|εβδ|dag|dagen|weken|dzień|dni|tydzień|tygodnie|tygodni|tyg";

/// Words before an age that make it vague.
pub(super) const VAGUE: &str = "about|over|almost|nearly|around|environ|etwa|ca|circa|unos|unas|cerca|около|примерно|почти|близько|приблизно|\
    yaklaşık|təxminən|մոտ|շուրջ|حوالي|حدود|περίπου|ongeveer|około";

/// What stands in lines that name some of those who liked, and count the others.
pub(super) const LIKED: &str = "others like this|other people like this|people like this|liked by|and others|others reacted|gefällt das|\
    aiment ça|autres personnes|personas más|les gusta esto|altre persone|outras pessoas|нравится это|и ещё|и еще|подобається|kişi beğendi|\
    nəfər bəyəndi|հավանել են|معجب بهذا|آخرون|را پسندیدند|αρέσει αυτό|vinden dit leuk|lubi to";

/// Whole lines that tell whether somebody is here now.
pub(super) const STATUS: &str = "online|offline|away|en ligne|hors ligne|en línea|desconectado|conectado|in linea|non in linea|abwesend|\
    онлайн|офлайн|оффлайн|в сети|не в сети|був|çevrimiçi|çevrimdışı|onlayn|oflayn|առցանց|անցանց|متصل|غير متصل|آنلاین|آفلاین|\
    σε σύνδεση|εκτός σύνδεσης|dostępny|niedostępny";

/// Codes of currencies on tickers.
pub(super) const CURRENCIES: &str =
    "usd|eur|gbp|rub|rur|uah|amd|azn|gel|try|irr|pln|chf|cny|jpy|btc|eth|aed|kzt|cad|aud|inr";

/// Words before a token that differs on every visit.
pub(super) const TOKENS: &str =
    "build|rev|revision|request|request id|ray id|nonce|token|session|session id|csrf|trace|trace id|сборка|requête";
