//! What a chart draws.

/// A colour of the palette: 0 is neutral, 1 to 7 tell series apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone(pub usize);

impl Tone {
    /// Neutral.
    pub const NEUTRAL: Self = Self(0);

    /// The tone of a series by its number.
    #[must_use]
    pub const fn of(series: usize) -> Self {
        Self(series % 7 + 1)
    }

    /// The classes of a mark of this kind.
    pub(super) fn class(self, kind: &str) -> String {
        format!("{kind} t{}", self.0)
    }
}

/// Something drawn at values of both axes.
#[derive(Debug, Clone)]
pub enum Mark {
    /// A line through points.
    Line {
        /// `(x, y)`.
        points: Vec<(f64, f64)>,
        /// Its colour.
        tone: Tone,
        /// Thin and broken.
        dashed: bool,
    },
    /// The room between two lines.
    Band {
        /// `(x, low, high)`.
        points: Vec<(f64, f64, f64)>,
        /// Its colour.
        tone: Tone,
    },
    /// A point.
    Dot {
        /// Along the horizontal axis.
        x: f64,
        /// Along the vertical axis.
        y: f64,
        /// Its colour.
        tone: Tone,
        /// Its shape.
        look: Look,
        /// What it says when it is pointed at.
        tip: String,
        /// What stands beside it, where there is room.
        name: Option<String>,
    },
    /// A rectangle between two corners.
    Bar {
        /// Left and right.
        x: (f64, f64),
        /// Bottom and top.
        y: (f64, f64),
        /// Its colour.
        tone: Tone,
        /// What it says when it is pointed at.
        tip: String,
    },
    /// An interval along x; an end that is `None` runs to the edge.
    Across {
        /// Where it lies.
        y: f64,
        /// Its ends.
        x: (Option<f64>, Option<f64>),
        /// Its colour.
        tone: Tone,
    },
    /// An interval along y; an end that is `None` runs to the edge.
    Along {
        /// Where it lies.
        x: f64,
        /// Its ends.
        y: (Option<f64>, Option<f64>),
        /// Its colour.
        tone: Tone,
    },
    /// A line over the whole height.
    Rule {
        /// Where it stands.
        x: f64,
        /// Its name at the top.
        name: String,
    },
}

/// How a point looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Small and pale: one of many.
    Faint,
    /// Filled.
    Full,
    /// A ring.
    Ring,
    /// Large: what the report is about.
    Large,
}
