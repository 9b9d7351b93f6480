//! Words beside marks: each stands where it covers no other, or not at all.

/// Width of a character of the charts' type over its height; wide enough for the usual sans-serif fonts.
const WIDTH: f64 = 0.64;

/// Height of the charts' type.
pub const SIZE: f64 = 12.0;

/// Room that a text takes.
#[must_use]
pub fn width(text: &str) -> f64 {
    text.chars().count() as f64 * SIZE * WIDTH
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Place {
    fn meets(self, other: Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }

    fn within(self, other: Self) -> bool {
        self.x >= other.x
            && self.y >= other.y
            && self.x + self.w <= other.x + other.w
            && self.y + self.h <= other.y + other.h
    }
}

/// What is taken already.
#[derive(Debug, Clone)]
pub struct Layout {
    frame: Place,
    taken: Vec<Place>,
}

impl Layout {
    /// An empty frame.
    #[must_use]
    pub const fn new(frame: Place) -> Self {
        Self { frame, taken: Vec::new() }
    }

    /// Keeps a place free of words.
    pub fn take(&mut self, place: Place) {
        self.taken.push(place);
    }

    /// A free place for words beside a point, nearest first; `None` where all are taken.
    pub fn beside(&mut self, x: f64, y: f64, text: &str) -> Option<Place> {
        let (w, h) = (width(text), SIZE + 2.0);
        for gap in [6.0, 14.0, 26.0] {
            let choices = [
                (x + gap, y - h / 2.0),
                (x - gap - w, y - h / 2.0),
                (x - w / 2.0, y - gap - h),
                (x - w / 2.0, y + gap),
                (x + gap, y - gap - h),
                (x + gap, y + gap),
                (x - gap - w, y - gap - h),
                (x - gap - w, y + gap),
            ];
            for (x, y) in choices {
                let place = Place { x, y, w, h };
                if place.within(self.frame) && !self.taken.iter().any(|other| other.meets(place)) {
                    self.take(place);
                    return Some(place);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_never_meet() {
        let frame = Place { x: 0.0, y: 0.0, w: 300.0, h: 200.0 };
        let mut layout = Layout::new(frame);
        let mut found: Vec<Place> = Vec::new();
        for at in 0..200 {
            let place = layout.beside(f64::from(at * 7 % 300), f64::from(at * 13 % 200), "a model of some name");
            found.extend(place);
        }
        assert!((8..60).contains(&found.len()), "{}", found.len());
        for (at, one) in found.iter().enumerate() {
            assert!(one.within(frame));
            assert!(found[at + 1..].iter().all(|other| !one.meets(*other)));
        }
    }
}
