//! The course of a soak as SVG: memory above, backlog and latency below, over the same seconds.

use std::fmt::Write;

use crate::memory::Look;
use crate::trail::{Course, seconds};

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 560.0;
/// Left and right end of both panels.
const ACROSS: (f64, f64) = (70.0, 730.0);
/// Bottom and top of each.
const MEMORY: (f64, f64) = (250.0, 50.0);
const BACKLOG: (f64, f64) = (500.0, 300.0);
/// Points of a line: more cannot be told apart.
const POINTS: usize = 300;

const BLUE: &str = "#1f5fa8";
const ORANGE: &str = "#c8621b";

type Point = (f64, f64);

/// Draws what was seen of the memory since the burst began, and how its faxes fared.
pub fn drawn(looks: &[Look], burst: &[Course]) -> String {
    let start = burst.iter().map(|c| c.received).min().expect("a fax");
    let mut received: Vec<f64> = burst.iter().map(|c| seconds(start, c.received)).collect();
    let mut settled: Vec<f64> = burst.iter().map(|c| seconds(start, c.last)).collect();
    received.sort_by(f64::total_cmp);
    settled.sort_by(f64::total_cmp);
    let end = settled.last().copied().unwrap_or(1.0).max(1.0);
    let before = |times: &[f64], at: f64| times.partition_point(|time| *time <= at) as f64;
    let backlog: Vec<Point> = (0..=POINTS)
        .map(|step| step as f64 / POINTS as f64 * end)
        .map(|at| (at, before(&received, at) - before(&settled, at)))
        .collect();
    let mut latency: Vec<Point> =
        (burst.iter()).filter_map(|c| Some((seconds(start, c.sent?), c.latency()?))).collect();
    latency.sort_by(|a, b| a.0.total_cmp(&b.0));
    let of = |memory: fn(&Look) -> u64| -> Vec<Point> {
        looks.iter().filter(|l| l.at <= end).map(|l| (l.at, memory(l) as f64 / 1e6)).collect()
    };

    let mut svg = head(burst.len());
    Panel { across: end, y: MEMORY, title: "resident memory, MB" }.draw(
        &mut svg,
        &[
            Line { name: "readers together", colour: ORANGE, points: of(|l| l.readers) },
            Line { name: "daemon", colour: BLUE, points: of(|l| l.daemon) },
        ],
    );
    Panel { across: end, y: BACKLOG, title: "faxes under way; seconds from acknowledgement to SMTP" }.draw(
        &mut svg,
        &[
            Line { name: "faxes under way", colour: BLUE, points: backlog },
            Line { name: "latency of the fax sent then, s", colour: ORANGE, points: latency },
        ],
    );
    let _ = writeln!(
        svg,
        "{}",
        text((ACROSS.0 + ACROSS.1) / 2.0, HEIGHT - 12.0, "middle", "seconds since the first sheet")
    );
    svg + "</svg>\n"
}

fn head(count: usize) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{}\n",
        text(ACROSS.0, 20.0, "start", &format!("{count} faxes handed in at once, from LMTP to SMTP"))
    )
}

struct Line {
    name: &'static str,
    colour: &'static str,
    points: Vec<Point>,
}

struct Panel {
    across: f64,
    y: (f64, f64),
    title: &'static str,
}

impl Panel {
    fn draw(&self, svg: &mut String, lines: &[Line]) {
        let (bottom, top) = self.y;
        let most = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(1.0, f64::max);
        let (up, across) = (Scale::to(most), Scale::to(self.across));
        let x = |at: f64| ACROSS.0 + at / across.end * (ACROSS.1 - ACROSS.0);
        let y = |value: f64| bottom - value / up.end * (bottom - top);
        let _ = writeln!(svg, "{}", text(ACROSS.0, top - 10.0, "start", self.title));
        for mark in up.marks() {
            let _ = writeln!(
                svg,
                "<path d=\"M{} {:.1}H{}\" stroke=\"#ddd\"/>{}",
                ACROSS.0,
                y(mark),
                ACROSS.1,
                text(ACROSS.0 - 8.0, y(mark) + 4.0, "end", &mark.to_string())
            );
        }
        for mark in across.marks() {
            let _ = writeln!(svg, "{}", text(x(mark), bottom + 16.0, "middle", &mark.to_string()));
        }
        for (line, row) in lines.iter().zip(0u8..) {
            let step = line.points.len().div_ceil(POINTS).max(1);
            let places: Vec<String> = (line.points.iter().step_by(step))
                .map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value)))
                .collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n\
                 <g fill=\"{}\">{}</g>",
                places.join(" "),
                line.colour,
                line.colour,
                text(ACROSS.1 - 6.0, top + 14.0 + 16.0 * f64::from(row), "end", line.name)
            );
        }
    }
}

/// From nothing to a round number, with marks at round numbers.
struct Scale {
    step: f64,
    end: f64,
}

impl Scale {
    fn to(most: f64) -> Self {
        let size = 10f64.powf((most / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * size).into_iter().find(|step| step * 5.0 >= most);
        let step = step.unwrap_or(most / 5.0);
        Self { step, end: (most / step).ceil() * step }
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        let (step, count) = (self.step, (self.end / self.step).round() as u32);
        (0..=count).map(move |n| f64::from(n) * step)
    }
}

fn text(x: f64, y: f64, anchor: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>")
}
