//! What a device lacks, or has to spare, for a capability today; and the size that a capability needs on any day.

use super::distribution::Arrival;
use super::prospect::Prospect;
use super::release::BILLION;
use super::room::Room;

/// ln of the factor within which a device's limits are sought: e¹² is 160 thousand.
const WIDEST: f64 = 12.0;
/// Halvings of that range: to a millionth of ln N.
const HALVINGS: usize = 24;
/// Sizes of the frontier that are reckoned, from the smallest to the largest, in parameters.
const SIZES: (f64, f64, usize) = (0.125 * BILLION, 2048.0 * BILLION, 29);

/// A release on one possible device: the ln factor that it lacks, its event, and the probability that it meets the level.
struct Short {
    by: f64,
    event: usize,
    met: f64,
}

impl Prospect<'_> {
    /// The factor to all limits of a room with which F(today) is just one half: above 1 the room lacks it, at most 1 it
    /// has it. `None` where no listed release of any size would do.
    #[must_use]
    pub fn factor_needed(&self, room: &Room) -> Option<f64> {
        let worlds: Vec<Vec<Short>> = self.shorts(room);
        let events = self.world.events.len();
        let mut best = vec![0.0_f64; events];
        let mut met = |ln_factor: f64| {
            let mut sum = 0.0;
            for shorts in &worlds {
                best.fill(0.0);
                for short in shorts.iter().filter(|short| short.by <= ln_factor) {
                    best[short.event] = best[short.event].max(short.met);
                }
                sum += 1.0 - best.iter().map(|p| 1.0 - p).product::<f64>();
            }
            sum / worlds.len() as f64 >= 0.5
        };
        let (mut low, mut high) = if met(0.0) { (-WIDEST, 0.0) } else { (0.0, WIDEST) };
        if !met(high) {
            return None;
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if met(middle) { high = middle } else { low = middle }
        }
        Some(high.exp())
    }

    fn shorts(&self, room: &Room) -> Vec<Vec<Short>> {
        let world = self.world;
        let today = world.day();
        let of_world = |(chances, draw): (&super::prospect::Chances, &super::draws::Draw)| {
            let device = room.draw(draw.room);
            let one = |event: usize, release: usize| {
                let row = &world.releases[release];
                let (ln_params, ln_computed) = (row.params.ln(), row.computed().ln());
                let by = device.short_by(ln_params, ln_computed, today).unwrap_or(f64::NEG_INFINITY);
                // F asks on which day a model comes to fit, so that here a rounding must not say otherwise.
                let fits = device.first_day(ln_params, ln_computed).ceil() <= today;
                Short {
                    by: if fits { by.min(0.0) } else { by.max(f64::MIN_POSITIVE) },
                    event,
                    met: chances.met[release],
                }
            };
            let members =
                world.events.iter().enumerate().flat_map(|(event, all)| all.iter().map(move |at| (event, *at)));
            members.map(|(event, at)| one(event, at)).collect()
        };
        self.worlds.iter().zip(&world.draws).map(of_world).collect()
    }

    /// F of sizes from an eighth of a billion to two thousand billion parameters.
    #[must_use]
    pub fn by_size(&self) -> BySize {
        let (least, most, count) = SIZES;
        let step = (most / least).ln() / (count - 1) as f64;
        let sizes = (0..count).map(|at| least.ln() + step * at as f64);
        BySize { arrivals: sizes.map(|ln| (ln, self.arrival(&Room::of_size(ln.exp())))).collect() }
    }
}

/// F by size: the frontier, read the other way round.
#[derive(Debug, Clone, PartialEq)]
pub struct BySize {
    /// ln of the parameters, with F of all that is no larger.
    arrivals: Vec<(f64, Arrival)>,
}

impl BySize {
    /// The least parameters for which F is `p` on a day, on a straight line of ln N between two sizes; `None` where the
    /// largest has less, and below the smallest that one.
    #[must_use]
    pub fn least(&self, day: f64, p: f64) -> Option<f64> {
        let mut below: Option<(f64, f64)> = None;
        for (ln, arrival) in &self.arrivals {
            let met = arrival.on(day);
            if met >= p {
                let ln = below.map_or(*ln, |(from, had)| from + (ln - from) * (p - had) / (met - had));
                return Some(ln.exp());
            }
            below = Some((*ln, met));
        }
        None
    }
}
