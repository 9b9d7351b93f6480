//! What others published: releases, densities, panels, prices and the reference curves, and the [`Library`] of them.

pub mod aliases;
pub mod alternates;
pub mod capabilities;
pub mod checkpoint;
pub mod densities;
pub mod edge_control;
pub mod edge_ladder;
pub mod edge_releases;
pub mod library;
pub mod pairs;
pub mod panels;
pub mod prices;
pub mod reference_points;
pub mod releases;
pub mod shipped;

pub use library::Library;
