mod scene;

mod admin;
mod digest;
mod sheet;
mod single;
mod templates;
