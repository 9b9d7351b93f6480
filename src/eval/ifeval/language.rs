//! The language of a text.
//!
//! The published program asks `langdetect`, a port of Google's detector with 55 languages. Here `whatlang` is asked, which
//! compares trigrams too, among the same languages. English, of which a few words mislead it, and Swahili, which it does not
//! know, are told by their commonest words. The two agree on whole answers; on a few words, or on a mixture, they may not.

use super::sentence_model::MODEL;
use whatlang::{Detector, Lang, Script, detect_script};

/// Languages among which one is chosen, by their codes in ISO 639-1.
const LANGUAGES: &[(&str, Lang)] = &[
    ("af", Lang::Afr),
    ("ar", Lang::Ara),
    ("bg", Lang::Bul),
    ("bn", Lang::Ben),
    ("ca", Lang::Cat),
    ("cs", Lang::Ces),
    ("cy", Lang::Cym),
    ("da", Lang::Dan),
    ("de", Lang::Deu),
    ("el", Lang::Ell),
    ("en", Lang::Eng),
    ("es", Lang::Spa),
    ("et", Lang::Est),
    ("fa", Lang::Pes),
    ("fi", Lang::Fin),
    ("fr", Lang::Fra),
    ("gu", Lang::Guj),
    ("he", Lang::Heb),
    ("hi", Lang::Hin),
    ("hr", Lang::Hrv),
    ("hu", Lang::Hun),
    ("id", Lang::Ind),
    ("it", Lang::Ita),
    ("ja", Lang::Jpn),
    ("kn", Lang::Kan),
    ("ko", Lang::Kor),
    ("lt", Lang::Lit),
    ("lv", Lang::Lav),
    ("mk", Lang::Mkd),
    ("ml", Lang::Mal),
    ("mr", Lang::Mar),
    ("ne", Lang::Nep),
    ("nl", Lang::Nld),
    ("no", Lang::Nob),
    ("pa", Lang::Pan),
    ("pl", Lang::Pol),
    ("pt", Lang::Por),
    ("ro", Lang::Ron),
    ("ru", Lang::Rus),
    ("sk", Lang::Slk),
    ("sl", Lang::Slv),
    ("sv", Lang::Swe),
    ("ta", Lang::Tam),
    ("te", Lang::Tel),
    ("th", Lang::Tha),
    ("tl", Lang::Tgl),
    ("tr", Lang::Tur),
    ("uk", Lang::Ukr),
    ("ur", Lang::Urd),
    ("vi", Lang::Vie),
    ("zh", Lang::Cmn),
];

/// Letters that rule languages out: trigrams alone take a Russian sentence for Bulgarian.
const FOREIGN_LETTERS: &[(&str, &[Lang])] = &[
    ("ыэё", &[Lang::Bul, Lang::Mkd, Lang::Ukr]),
    ("іїєґ", &[Lang::Bul, Lang::Mkd, Lang::Rus]),
    ("ѓќѕџљњј", &[Lang::Bul, Lang::Rus, Lang::Ukr]),
    ("پچژگ", &[Lang::Ara]),
    ("ٹڈڑںے", &[Lang::Ara, Lang::Pes]),
    ("ةىإ", &[Lang::Pes, Lang::Urd]),
];

/// The share of a language's letters that letters of others may have in it: names and words that are spoken about.
const FOREIGN_SHARE: f64 = 0.01;

/// The commonest words of Swahili; none of them is common in another language of the list.
const SWAHILI: &[&str] = &[
    "ya", "wa", "kwa", "katika", "ni", "za", "na", "cha", "kama", "hii", "huu", "hiyo", "yake", "kuwa", "kwamba",
    "lakini", "wake", "yangu", "yako", "pia", "sana", "au", "hiki", "vya", "kila", "wakati", "watu", "mtu", "siku",
    "zaidi", "hata", "tu", "si", "wetu", "yetu", "ndiyo", "bila", "kutoka", "mwa", "kwenye", "ili", "hivyo", "baada",
    "kabla",
];

/// Common words of English that are not common elsewhere: of short texts they tell more than trigrams do.
const ENGLISH: &[&str] = &[
    "the", "and", "of", "that", "with", "for", "this", "you", "are", "not", "have", "from", "they", "your", "which",
    "about", "who", "what", "when", "how", "their", "will", "would", "can", "its", "been", "were", "there", "has",
    "but", "his", "her", "she", "my", "our", "out", "up", "if", "than", "then", "these", "those", "some", "more",
    "all", "to", "is", "it", "by", "be", "was", "into", "through", "where", "while", "should", "each", "between",
    "don", "let", "i",
];

/// Words that are common in English and in a language or two beside it; they count where some of [`ENGLISH`] are there.
const ALSO_ENGLISH: &[&str] =
    &["a", "in", "an", "on", "at", "as", "or", "no", "me", "do", "so", "he", "we", "us", "had"];

/// The least share of a language's own common words among the words of a text.
const COMMON_SHARE: f64 = 0.15;

/// The same, with those that it has in common with others, of which this share must be its own.
const MIXED_SHARE: (f64, f64) = (0.2, 0.05);

/// The least share of frequent English words of any kind, where trigrams are not sure.
const KNOWN_SHARE: f64 = 0.25;

/// Fewest words by which a language is told so.
const FEWEST_WORDS: usize = 4;

/// The language of a text as its code in ISO 639-1; `None` for a text without letters.
#[must_use]
pub fn detect(text: &str) -> Option<&'static str> {
    let mut english_words = 0.0;
    if detect_script(text)? == Script::Latin {
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        let share = |common: &[&str]| {
            let found = words.iter().filter(|word| common.contains(&word.as_str())).count();
            if words.len() < FEWEST_WORDS { 0.0 } else { found as f64 / words.len() as f64 }
        };
        let (own, (mixed, least)) = (share(ENGLISH), MIXED_SHARE);
        if own >= COMMON_SHARE || (own >= least && own + share(ALSO_ENGLISH) >= mixed) {
            return Some("en");
        }
        if share(SWAHILI) >= COMMON_SHARE {
            return Some("sw");
        }
        let known = words.iter().filter(|word| MODEL.is_known_small(word)).count();
        english_words = if words.len() < FEWEST_WORDS { 0.0 } else { known as f64 / words.len() as f64 };
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count() as f64;
    let has = |signs: &str| text.chars().filter(|c| signs.contains(*c)).count() as f64 > FOREIGN_SHARE * letters;
    let ruled_out: Vec<Lang> =
        FOREIGN_LETTERS.iter().filter(|(signs, _)| has(signs)).flat_map(|(_, languages)| *languages).copied().collect();
    let known = LANGUAGES.iter().map(|(_, language)| *language);
    let possible = known.filter(|language| !ruled_out.contains(language)).collect();
    let found = Detector::with_allowlist(possible).detect(text)?;
    if !found.is_reliable() && english_words >= KNOWN_SHARE {
        return Some("en");
    }
    LANGUAGES.iter().find(|(_, language)| *language == found.lang()).map(|(code, _)| *code)
}

/// Whether a text is in a language, or without any, which counts as following the instruction (as in the published
/// program).
#[must_use]
pub fn may_be(language: &str, text: &str) -> bool {
    detect(text).is_none_or(|found| found == language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        for (code, text) in [
            ("en", "The river is wide here, and nobody has ever swum to the other side."),
            ("en", "THE RIVER IS WIDE HERE, AND NOBODY HAS EVER SWUM TO THE OTHER SIDE."),
            ("de", "Der Fluss ist hier breit, und niemand ist je ans andere Ufer geschwommen."),
            ("it", "Il fiume qui è largo e nessuno ha mai nuotato fino all'altra riva."),
            ("pt", "O rio aqui é largo e ninguém jamais nadou até a outra margem."),
            ("fi", "Joki on tässä leveä, eikä kukaan ole koskaan uinut toiselle rannalle."),
            ("vi", "Con sông ở đây rất rộng và chưa ai bơi sang bờ bên kia."),
            ("sw", "Mto huu ni mpana sana na hakuna mtu ambaye ameogelea hadi upande wa pili."),
            ("ru", "Река здесь широкая, и никто никогда не переплывал на другой берег."),
            ("bg", "Реката тук е широка и никой никога не е преплувал до другия бряг."),
            ("hi", "नदी यहाँ चौड़ी है और कोई भी कभी दूसरे किनारे तक तैरकर नहीं गया।"),
            ("mr", "नदी इथे रुंद आहे आणि कोणीही कधी दुसऱ्या काठापर्यंत पोहत गेले नाही."),
            ("ne", "नदी यहाँ चौडा छ र कोही पनि कहिल्यै अर्को किनारसम्म पौडेर गएको छैन।"),
            ("ar", "النهر هنا واسع ولم يسبح أحد قط إلى الضفة الأخرى."),
            ("fa", "رودخانه در اینجا پهن است و هیچ کس هرگز به آن سوی آن شنا نکرده است."),
            ("ur", "دریا یہاں چوڑا ہے اور کوئی بھی کبھی دوسرے کنارے تک تیر کر نہیں گیا۔"),
            ("ta", "இங்கே ஆறு அகலமாக உள்ளது."),
            ("te", "ఇక్కడ నది వెడల్పుగా ఉంది."),
            ("kn", "ಇಲ್ಲಿ ನದಿ ಅಗಲವಾಗಿದೆ."),
            ("gu", "નદી અહીં પહોળી છે."),
            ("pa", "ਨਦੀ ਇੱਥੇ ਚੌੜੀ ਹੈ।"),
            ("bn", "নদী এখানে চওড়া।"),
            ("th", "แม่น้ำที่นี่กว้าง"),
            ("ko", "강이 여기서 넓다."),
        ] {
            assert_eq!(detect(text), Some(code), "{text}");
            assert!(may_be(code, text) && !may_be("xx", text));
        }
    }

    #[test]
    fn a_text_without_letters_is_in_every_language() {
        assert!(detect("12 + 3 = 15.").is_none() && may_be("ko", "12 + 3 = 15."));
    }
}
