//! The few shapes that charts are made of.

use super::label::Place;
use super::mark::Tone;
use super::svg::{Svg, coordinate};

/// A box; `tip` is what it says when it is pointed at.
pub(super) fn rectangle(svg: &mut Svg, place: Place, class: &str, tip: Option<&str>) {
    let attributes = [
        ("class", class.to_owned()),
        ("x", coordinate(place.x)),
        ("y", coordinate(place.y)),
        ("width", coordinate(place.w)),
        ("height", coordinate(place.h)),
    ];
    svg.element("rect", &attributes, tip);
}

/// The head of an interval that goes on beyond the edge.
pub(super) fn arrow(svg: &mut Svg, tip: (f64, f64), sides: [(f64, f64); 2], tone: Tone) {
    for side in sides {
        segment(svg, side, tip, &tone.class("span"));
    }
}

/// A straight line.
pub(super) fn segment(svg: &mut Svg, from: (f64, f64), to: (f64, f64), class: &str) {
    let attributes = [
        ("class", class.to_owned()),
        ("x1", coordinate(from.0)),
        ("y1", coordinate(from.1)),
        ("x2", coordinate(to.0)),
        ("y2", coordinate(to.1)),
    ];
    svg.element("line", &attributes, None);
}
