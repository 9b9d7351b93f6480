//! What must hold of F for any releases, devices and capabilities.

use jiff::civil::date;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::assumptions::Assumptions;
use super::draws::World;
use super::penalty::Penalty;
use super::prospect::Prospect;
use super::release::{Level, ScoredRelease};
use super::room::Room;
use crate::law::exponential::Exponential;
use crate::law::frontier::days_since_origin;
use crate::stat::Bootstrap;

const TODAY: jiff::civil::Date = date(2026, 6, 1);

fn releases(rng: &mut ChaCha8Rng) -> Vec<ScoredRelease> {
    let count = rng.random_range(25..60);
    let mut found = Vec::new();
    for at in 0..count {
        let day = date(2023, 3, 1) + jiff::Span::new().days(rng.random_range(0_i64..1180));
        let family = format!("family {}", rng.random_range(0..12));
        for size in 0..rng.random_range(1..4) {
            let params = (rng.random_range(-1.0..4.5_f64)).exp() * 1e9;
            let mixture = rng.random_range(0.0..1.0) < 0.2;
            let years = days_since_origin(day) / 365.25;
            let ln = 0.3 + 0.8 * (params / 4e9).ln() + 1.1 * years + rng.random_range(-1.5..1.5);
            found.push(ScoredRelease {
                model: format!("model {at}.{size}"),
                family: family.clone(),
                date: day,
                params,
                active_share: if mixture { 0.2 } else { 1.0 },
                loops: 1.0,
                level: Level { ln, deviation: rng.random_range(0.1..0.8) },
            });
        }
    }
    found
}

fn room(rng: &mut ChaCha8Rng) -> Room {
    let mut line = |level: f64| {
        let per_day = rng.random_range(-0.0002..0.0008);
        let origin = (level * rng.random_range(0.3..3.0_f64)).ln();
        Exponential {
            origin_variance: 0.02,
            covariance: -1e-5,
            per_day_variance: 2e-8,
            freedom: Some(12),
            level_deviation: 0.2,
            ..Exponential::exact(origin, per_day)
        }
    };
    Room { memory: Some(line(6e9)), decode: Some(line(5e9)), prefill: Some(line(20e9)) }
}

const PENALTY: Penalty = Penalty { loss: 0.37, deviation: 0.52 };

/// F of both, day for day: the first is never above the second.
#[track_caller]
fn never_above(worse: &Prospect<'_>, worse_room: &Room, better: &Prospect<'_>, better_room: &Room, what: &str) {
    let (a, b) = (worse.arrival(worse_room), better.arrival(better_room));
    for (day, (worse, better)) in a.past.iter().zip(&b.past).enumerate() {
        assert!(*worse <= better + 1e-12, "{what}: day {day}: {worse} above {better}");
    }
    for ((day, worse), (_, better)) in a.ahead.iter().zip(&b.ahead) {
        assert!(*worse <= better + 1e-12, "{what}: day {day}: {worse} above {better}");
    }
    for p in [0.025, 0.1, 0.5, 0.9, 0.975] {
        let [late, early] = [a.day(p), b.day(p)].map(|day| day.unwrap_or(f64::INFINITY));
        assert!(early <= late, "{what}: {p}: {early} after {late}");
    }
}

#[test]
fn more_room_and_less_asked_never_come_later() {
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    for case in 0..8 {
        let run = Bootstrap { resamples: 12, seed: case };
        let world = World::of(releases(&mut rng), TODAY, Assumptions::SHIPPED, run).unwrap();
        let room = room(&mut rng);
        let level = Level { ln: rng.random_range(2.0..6.0), deviation: 0.4 };
        let prospect = Prospect::of(&world, level, PENALTY);
        let less = 1.0 / rng.random_range(1.1..3.0);
        for (what, worse) in [
            ("memory", Room { memory: room.memory.map(|line| line.times(less)), ..room }),
            ("speed", Room { decode: room.decode.map(|line| line.times(less)), ..room }),
            ("compute", Room { prefill: room.prefill.map(|line| line.times(less)), ..room }),
            ("all", room.times(less)),
        ] {
            never_above(&prospect, &worse, &prospect, &room, what);
        }
        never_above(&prospect, &room, &prospect, &Room { prefill: None, ..room }, "a limit more");
        let harder = Prospect::of(&world, Level { ln: level.ln + 0.7, ..level }, PENALTY);
        never_above(&harder, &room, &prospect, &room, "a higher level");
        let coarser = Prospect::of(&world, level, Penalty { loss: 0.8, ..PENALTY });
        never_above(&coarser, &room, &prospect, &room, "a coarser format");
        let more = Assumptions { rate: 2.0, ..Assumptions::SHIPPED };
        let busier = World::of(world.releases.clone(), TODAY, more, run).unwrap();
        never_above(&prospect, &room, &Prospect::of(&busier, level, PENALTY), &room, "twice the releases");
    }
}

#[test]
fn f_rises_dates_are_in_order_and_past_exactly_where_it_is_met() {
    let mut rng = ChaCha8Rng::seed_from_u64(61);
    let (mut past, mut ahead) = (0, 0);
    for case in 0..6 {
        let run = Bootstrap { resamples: 12, seed: case };
        let world = World::of(releases(&mut rng), TODAY, Assumptions::SHIPPED, run).unwrap();
        for _ in 0..4 {
            let room = room(&mut rng);
            let level = Level { ln: rng.random_range(1.0..6.0), deviation: 0.4 };
            let prospect = Prospect::of(&world, level, PENALTY);
            let found = prospect.arrival(&room);
            let all: Vec<f64> = found.past.iter().copied().chain(found.ahead.iter().map(|step| step.1)).collect();
            assert!(all.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "F falls");
            assert!(all.iter().all(|met| (-1e-12..=1.0 + 1e-12).contains(met)));
            let day = |p: f64| found.day(p).unwrap_or(f64::INFINITY);
            let days = [0.025, 0.1, 0.5, 0.9, 0.975].map(day);
            assert!(days.windows(2).all(|pair| pair[0] <= pair[1]), "{days:?}");
            assert_eq!(days[2] <= world.day(), found.probability() >= 0.5);
            approx::assert_relative_eq!(found.probability(), prospect.probability_today(&room), epsilon = 1e-12);
            if found.probability() >= 0.5 {
                past += 1
            } else {
                ahead += 1
            }
            // A release that meets it alone is a way to meet it.
            assert!(found.carriers.iter().all(|carrier| carrier.probability <= found.probability() + 1e-12));
            assert!(found.realised().is_none() || found.probability() >= 0.5 - 1e-12);
        }
    }
    assert!(past > 3 && ahead > 3, "{past} {ahead}: the cases do not tell the two apart");
}

#[test]
fn a_release_more_never_lowers_f_all_else_equal_and_a_certain_one_makes_it_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for case in 0..6 {
        let run = Bootstrap { resamples: 12, seed: case };
        let before = World::of(releases(&mut rng), TODAY, Assumptions::SHIPPED, run).unwrap();
        let level = Level { ln: 4.0, deviation: 0.3 };
        let day = date(2025, 9, 1);
        let new = |ln: f64, deviation: f64| ScoredRelease {
            model: "new".to_owned(),
            family: "new".to_owned(),
            date: day,
            params: 1e9,
            active_share: 1.0,
            loops: 1.0,
            level: Level { ln, deviation },
        };
        let with = |release: ScoredRelease| {
            let mut world = before.clone();
            world.releases.push(release);
            // All else equal: the laws and those to come stay.
            world.events.push(vec![world.releases.len() - 1]);
            world
        };
        let room = Room::of_size(2e9);
        let (some, certain) = (with(new(4.0, 0.5)), with(new(60.0, 0.0)));
        let old = Prospect::of(&before, level, PENALTY);
        never_above(&old, &room, &Prospect::of(&some, level, PENALTY), &room, "a release more");
        let found = Prospect::of(&certain, level, PENALTY).arrival(&room);
        let day = days_since_origin(day);
        assert!((found.on(day) - 1.0).abs() < 1e-12 && found.on(day - 1.0) < 1.0, "{}", found.on(day));
        assert_eq!(found.realised().and_then(|carrier| carrier.since), Some(day));
    }
}

#[test]
fn without_spread_f_steps_in_the_year_in_which_the_law_says_so() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut world = World::central(releases(&mut rng), TODAY, Assumptions::SHIPPED).unwrap();
    let law = &mut world.draws[0].law;
    (law.event_deviation, law.true_deviation) = (1e-9, 1e-9);
    let law = law.clone();
    // Nothing released meets it; the first size to come of those within reach does at the year in which the law says so.
    let expected = world.recent.iter().flat_map(|event| &world.events[*event]);
    let best = expected.map(|at| law.expected(&world.releases[*at], 0.0)).fold(f64::NEG_INFINITY, f64::max);
    let seen = world.releases.iter().map(|release| release.level.ln).fold(f64::NEG_INFINITY, f64::max);
    let asked = Level { ln: seen.max(best) + 3.0, deviation: 0.0 };
    let found = Prospect::of(&world, asked, Penalty::NONE).arrival(&Room::of_size(1e15));
    let years = ((asked.ln - best) / law.beta[3]).exp() - 1.0;
    let last_without = found.ahead.iter().filter(|step| step.1 < 1e-9).count();
    let first_with = found.ahead[last_without].0;
    let reached = world.day() + years * 365.25;
    assert!(reached <= first_with, "{reached} {first_with}");
    assert!(last_without == 0 || found.ahead[last_without - 1].0 <= reached, "{reached} {:?}", found.ahead);
}
