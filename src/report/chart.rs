//! Charts as SVG, the only file that draws: axes with units, marks, legend and labels that cover nothing.
//!
//! It writes SVG itself, since a report needs what chart libraries for Rust do not give: colours that follow the
//! reader's scheme (classes and variables instead of fixed fills), words on every mark without a script, a title and a
//! description for screen readers, and one element a line.

use label::{Layout, Place, SIZE, width};
use scale::Scale;
use shape::{arrow, rectangle, segment};
use svg::{Svg, coordinate};

use super::view::unit::Unit;

pub mod label;
pub mod mark;
pub mod scale;
mod shape;
mod svg;

pub use mark::{Look, Mark, Tone};

/// Colours and lines of every chart.
pub const STYLE: &str = include_str!("chart/chart.css");

/// Width of every chart in its own units.
const WIDTH: f64 = 460.0;

/// An axis.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// The scale.
    pub scale: Scale,
    /// How ticks are worded.
    pub unit: Unit,
}

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Unique on a page; the figure's file name.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What there is to see, for those who do not.
    pub description: String,
    /// Height of the drawing area.
    pub height: f64,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical one.
    pub y: Axis,
    /// What is drawn, the first lowest.
    pub marks: Vec<Mark>,
    /// Series by name.
    pub legend: Vec<(Tone, String)>,
}

/// The area between the axes.
struct Frame<'a> {
    chart: &'a Chart,
    area: Place,
}

impl Frame<'_> {
    fn x(&self, value: f64) -> f64 {
        self.area.x + self.chart.x.scale.place(value) * self.area.w
    }

    fn y(&self, value: f64) -> f64 {
        let place = self.chart.y.scale.place(value);
        // Names read from the top.
        let place = if matches!(self.chart.y.scale, Scale::Names(_)) { 1.0 - place } else { place };
        self.area.y + (1.0 - place) * self.area.h
    }
}

impl Chart {
    /// The figure to stand in a page that has [`STYLE`].
    #[must_use]
    pub fn inline(&self) -> String {
        self.draw("")
    }

    /// The figure as a file of its own.
    #[must_use]
    pub fn file(&self) -> String {
        self.draw(STYLE)
    }

    fn draw(&self, style: &str) -> String {
        let ticks_y = self.y.scale.ticks((self.height / 42.0) as usize, self.y.unit);
        let longest = ticks_y.iter().map(|(_, words)| width(words)).fold(0.0, f64::max);
        let left = (longest + 14.0).clamp(30.0, 190.0);
        let keys = self.keys();
        let above = if self.y.label.is_empty() { 6.0 } else { 22.0 };
        let top = above + 18.0 * keys.iter().map(|key| key.1 + 1).max().unwrap_or(0) as f64;
        let area = Place { x: left, y: top, w: WIDTH - left - 14.0, h: self.height };
        let frame = Frame { chart: self, area };
        let full = top + self.height + 44.0;

        let mut svg = Svg::default();
        svg.raw(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">",
            coordinate(WIDTH),
            coordinate(full),
            id = svg::escaped(&self.id),
        ));
        svg.raw(&format!("<title id=\"{}-t\">{}</title>", svg::escaped(&self.id), svg::escaped(&self.title)));
        svg.raw(&format!("<desc id=\"{}-d\">{}</desc>", svg::escaped(&self.id), svg::escaped(&self.description)));
        if !style.is_empty() {
            svg.raw(&format!("<style>\n{style}</style>"));
        }
        rectangle(&mut svg, Place { x: 0.0, y: 0.0, w: WIDTH, h: full }, "paper", None);
        self.legend(&mut svg, &keys);
        self.axes(&mut svg, &frame, &ticks_y);
        let clip = format!("{}-clip", svg::escaped(&self.id));
        svg.raw(&format!(
            "<clipPath id=\"{clip}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>",
            coordinate(area.x),
            coordinate(area.y - 1.0),
            coordinate(area.w + 1.0),
            coordinate(area.h + 2.0)
        ));
        svg.raw(&format!("<g clip-path=\"url(#{clip})\">"));
        for mark in &self.marks {
            frame.mark(&mut svg, mark);
        }
        svg.raw("</g>");
        frame.names(&mut svg);
        svg.raw("</svg>");
        svg.finish()
    }

    /// Legend entries with their line and place.
    fn keys(&self) -> Vec<(usize, usize, f64)> {
        let (mut line, mut x) = (0, 0.0);
        self.legend
            .iter()
            .enumerate()
            .map(|(at, (_, name))| {
                let room = width(name) + 30.0;
                if x > 0.0 && x + room > WIDTH - 16.0 {
                    (line, x) = (line + 1, 0.0);
                }
                let found = (at, line, x);
                x += room;
                found
            })
            .collect()
    }

    fn legend(&self, svg: &mut Svg, keys: &[(usize, usize, f64)]) {
        for &(at, line, x) in keys {
            let (tone, name) = &self.legend[at];
            let y = 5.0 + 18.0 * line as f64;
            rectangle(svg, Place { x: x + 8.0, y: y + 2.0, w: 12.0, h: 8.0 }, &tone.class("bar"), None);
            svg.text(x + 25.0, y + 10.0, "name", "start", name);
        }
    }

    fn axes(&self, svg: &mut Svg, frame: &Frame<'_>, ticks_y: &[(f64, String)]) {
        let area = frame.area;
        let line =
            |svg: &mut Svg, x1: f64, y1: f64, x2: f64, y2: f64, class: &str| segment(svg, (x1, y1), (x2, y2), class);
        if !self.y.label.is_empty() {
            svg.text(4.0, area.y - 8.0, "unit", "start", &self.y.label);
        }
        for (value, words) in ticks_y {
            let y = frame.y(*value);
            line(svg, area.x, y, area.x + area.w, y, "grid");
            svg.text(
                area.x - 6.0,
                y + 4.0,
                if matches!(self.y.scale, Scale::Names(_)) { "name" } else { "tick" },
                "end",
                words,
            );
        }
        let mut right = f64::NEG_INFINITY;
        for (value, words) in self.x.scale.ticks((area.w / 58.0) as usize, self.x.unit) {
            let x = frame.x(value);
            line(svg, x, area.y + area.h, x, area.y + area.h + 4.0, "axis");
            let half = width(&words) / 2.0;
            // A tick without room keeps its stroke only.
            if x - half > right + 4.0 && x + half < WIDTH - 2.0 {
                svg.text(x, area.y + area.h + 17.0, "tick", "middle", &words);
                right = x + half;
            }
        }
        line(svg, area.x, area.y + area.h, area.x + area.w, area.y + area.h, "axis");
        svg.text(area.x + area.w, area.y + area.h + 35.0, "unit", "end", &self.x.label);
    }
}

impl Frame<'_> {
    fn mark(&self, svg: &mut Svg, mark: &Mark) {
        let path = |points: &mut dyn Iterator<Item = (f64, f64)>| {
            let places: Vec<String> =
                points.map(|(x, y)| format!("{},{}", coordinate(self.x(x)), coordinate(self.y(y)))).collect();
            places.join(" ")
        };
        match mark {
            Mark::Line { points, tone, dashed } => {
                let class = tone.class(if *dashed { "line thin dashed" } else { "line" });
                let points = path(&mut points.iter().copied());
                svg.element("polyline", &[("class", class), ("points", points)], None);
            }
            Mark::Band { points, tone } => {
                let upper = points.iter().map(|(x, _, high)| (*x, *high));
                let lower = points.iter().rev().map(|(x, low, _)| (*x, *low));
                let points = path(&mut upper.chain(lower));
                svg.element("polygon", &[("class", tone.class("band")), ("points", points)], None);
            }
            Mark::Dot { x, y, tone, look, tip, .. } => {
                let (kind, radius) = match look {
                    Look::Faint => ("dot faint", 3.0),
                    Look::Full => ("dot", 4.5),
                    Look::Ring => ("hollow", 4.5),
                    Look::Large => ("dot", 7.0),
                };
                let at = [("cx", coordinate(self.x(*x))), ("cy", coordinate(self.y(*y))), ("r", coordinate(radius))];
                let attributes = [&[("class", tone.class(kind))][..], &at].concat();
                svg.element("circle", &attributes, Some(tip));
            }
            Mark::Bar { x, y, tone, tip } => {
                let (left, right) = (self.x(x.0), self.x(x.1));
                let (one, other) = (self.y(y.0), self.y(y.1));
                let place =
                    Place { x: left.min(right), y: one.min(other), w: (right - left).abs(), h: (one - other).abs() };
                rectangle(svg, Place { w: place.w.max(0.5), ..place }, &tone.class("bar"), Some(tip));
            }
            Mark::Across { y, x, tone } => {
                let y = self.y(*y);
                let left = x.0.map_or(self.area.x, |low| self.x(low));
                let right = x.1.map_or(self.area.x + self.area.w, |high| self.x(high));
                segment(svg, (left, y), (right, y), &tone.class("span"));
                for (end, edge, back) in [(x.0, left, 5.0), (x.1, right, -5.0)] {
                    match end {
                        Some(_) => segment(svg, (edge, y - 4.0), (edge, y + 4.0), &tone.class("span")),
                        None => arrow(svg, (edge, y), [(edge + back, y - 4.0), (edge + back, y + 4.0)], *tone),
                    }
                }
            }
            Mark::Along { x, y, tone } => {
                let x = self.x(*x);
                let bottom = y.0.map_or(self.area.y + self.area.h, |low| self.y(low));
                let top = y.1.map_or(self.area.y, |high| self.y(high));
                segment(svg, (x, bottom), (x, top), &tone.class("span"));
                for (end, edge, back) in [(y.0, bottom, -5.0), (y.1, top, 5.0)] {
                    match end {
                        Some(_) => segment(svg, (x - 4.0, edge), (x + 4.0, edge), &tone.class("span")),
                        None => arrow(svg, (x, edge), [(x - 4.0, edge + back), (x + 4.0, edge + back)], *tone),
                    }
                }
            }
            Mark::Rule { x, .. } => {
                let x = self.x(*x);
                segment(svg, (x, self.area.y), (x, self.area.y + self.area.h), "rule");
            }
        }
    }

    /// Names of points and rules, over everything else; the large points first.
    fn names(&self, svg: &mut Svg) {
        let mut layout = Layout::new(Place { x: self.area.x, y: self.area.y, w: self.area.w + 12.0, h: self.area.h });
        let mut wanted = Vec::new();
        for mark in &self.chart.marks {
            match mark {
                Mark::Dot { x, y, look, name, .. } if self.chart.x.scale.holds(*x) && self.chart.y.scale.holds(*y) => {
                    let (x, y) = (self.x(*x), self.y(*y));
                    let reach = if *look == Look::Large { 7.0 } else { 4.0 };
                    if *look != Look::Faint {
                        layout.take(Place { x: x - reach, y: y - reach, w: 2.0 * reach, h: 2.0 * reach });
                    }
                    if let Some(name) = name {
                        wanted.push((*look == Look::Large, x, y, name));
                    }
                }
                Mark::Rule { x, name } if self.chart.x.scale.holds(*x) => {
                    let x = self.x(*x);
                    let room = width(name);
                    let (at, anchor) = if x + room + 4.0 < WIDTH { (x + 4.0, "start") } else { (x - 4.0, "end") };
                    let left = if anchor == "start" { at } else { at - room };
                    layout.take(Place { x: left, y: self.area.y, w: room, h: SIZE + 2.0 });
                    svg.text(at, self.area.y + 10.0, "tick", anchor, name);
                }
                _ => {}
            }
        }
        wanted.sort_by_key(|(large, ..)| !large);
        for (large, x, y, name) in wanted {
            if let Some(place) = layout.beside(x, y, name) {
                svg.text(place.x, place.y + SIZE - 1.0, if large { "strong" } else { "name" }, "start", name);
            }
        }
    }
}
