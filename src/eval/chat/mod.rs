//! The chat form of tasks: items asked through the chat template of the model's file, replies cut down to their answers.
//!
//! [`choice`] decides which tasks are asked so, [`template`] finds the template, [`render`] renders it as Python does,
//! [`task`] makes a task of chats of a task, and [`thinking`] tells thoughts from answers.

pub mod choice;
mod generation_tag;
mod python_json;
mod python_methods;
pub mod render;
pub mod settings;
pub mod task;
pub mod template;
pub mod thinking;
pub mod tokens;
