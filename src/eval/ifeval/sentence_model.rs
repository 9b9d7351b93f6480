//! What the sentence splitter knows of English.
//!
//! Facts of the English model of Punkt that NLTK ships, which was trained on newspapers: its abbreviations, openers and
//! collocations whole; of the twenty thousand words of which it knows how they are written, the commonest.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that end with a period within a sentence.
const ABBREVIATIONS: &str = "
    a.a a.c a.d a.g a.h a.m a.m.e a.s a.t adm ala ariz aug ave b.f b.v bros c c.i.t c.o.m.b c.v calif chg cie co col
    colo conn corp cos ct d d.c d.h d.w dec dr e e.f e.h e.l e.m f f.g f.j feb fla fri ft g g.d g.f g.k ga gen h h.c
    h.f h.m i.m.s ill inc j.b j.c j.j j.k j.p j.r jan jr k kan ky l l.a l.f l.p lt ltd m m.b.a m.d.c m.j maj messrs
    mg mich minn mr mrs ms n n.c n.d n.h n.j n.m n.v n.y nev nov oct ok okla ore p p.a.m p.m pa ph.d prof r r.a r.h
    r.i r.j r.k r.t rep reps s s.a s.a.y s.c s.g s.p.a s.s sen sep sept sr st sw t t.j tenn tues u.k u.n u.s u.s.a
    u.s.s.r v va vs vt w w.c w.r w.va w.w wash wed wis yr";

/// Words that open sentences when they are capitalised.
const OPENERS: &str = "
    according although among both but despite even he however i if in indeed instead it many meanwhile moreover most
    nevertheless nonetheless nor sales separately similarly since so some the there these they this though thus
    under when while yet";

/// Words after which a number with a period ends no sentence.
const AFTER_NUMBERS: &str = "
    abreast aes business cbot colgate commodities cooper corrections credit dividend financing genentech henley
    insider international leisure letters notable pay-fone pegasus pepper review rj wedgestone who zimmer";

/// Names after which an initial ends no sentence: initial and name.
const AFTER_INITIALS: &str = "
    b.edelman b.levine b.smith b.stewart b.wigton i.magnin i.toussie j.aron j.fialka j.walter o.ludcke";

/// Common words that are capitalised at the beginning of a sentence only.
const NEVER_NAMES: &str = include_str!("words_never_names.txt");

/// Common words that are written small, and within names also capitalised.
const ALSO_NAMES: &str = include_str!("words_also_names.txt");

/// Lists of words to look up.
pub(super) struct Model {
    abbreviations: HashSet<&'static str>,
    openers: HashSet<&'static str>,
    after_numbers: HashSet<&'static str>,
    after_initials: HashSet<&'static str>,
    never_names: HashSet<&'static str>,
    also_names: HashSet<&'static str>,
}

/// The model.
pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let words = |list: &'static str| list.split_whitespace().collect();
    Model {
        abbreviations: words(ABBREVIATIONS),
        openers: words(OPENERS),
        after_numbers: words(AFTER_NUMBERS),
        after_initials: words(AFTER_INITIALS),
        never_names: words(NEVER_NAMES),
        also_names: words(ALSO_NAMES),
    }
});

impl Model {
    /// Whether a word in small letters, without its period, is an abbreviation; of a compound its last part counts.
    pub(super) fn is_abbreviation(&self, word: &str) -> bool {
        let last = word.rsplit('-').next().unwrap_or(word);
        self.abbreviations.contains(word) || self.abbreviations.contains(last)
    }

    /// Whether a capitalised word usually opens a sentence.
    pub(super) fn is_opener(&self, word: &str) -> bool {
        self.openers.contains(word)
    }

    /// Whether the two belong together; the first is `##number##` or an initial.
    pub(super) fn belong_together(&self, first: &str, second: &str) -> bool {
        if first == super::sentence_token::NUMBER {
            return self.after_numbers.contains(second);
        }
        self.after_initials.contains(format!("{first}.{second}").as_str())
    }

    /// Whether a word is capitalised at the beginning of a sentence only.
    pub(super) fn is_never_a_name(&self, word: &str) -> bool {
        self.never_names.contains(word)
    }

    /// Whether a word is known in small letters.
    pub(super) fn is_known_small(&self, word: &str) -> bool {
        self.never_names.contains(word) || self.also_names.contains(word)
    }
}
