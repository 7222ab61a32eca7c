//! A form as data: what is printed where, and what each zone means.
//!
//! One definition drives printing, finding, reading, review and export.
//! All lengths are millimetres from the top left corner of the page.

mod check;
mod describe;
mod era;

pub use describe::{BoxDescription, Description, FieldDescription};
pub use era::Era;

/// A rectangle in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A form that the association has issued, in one version.
#[derive(Clone, Debug)]
pub struct Form {
    /// Name printed on the form, such as `ICM-01`.
    pub id: String,
    /// Two-digit number in the machine codes (FF of the payload).
    pub number: u8,
    /// Version (VV of the payload).
    pub version: u8,
    /// Title printed at the top.
    pub title: String,
    /// Page width and height.
    pub page_mm: (f64, f64),
    /// What the reader finds the form by.
    pub marks: Marks,
    /// Fields in printing order; keys are unique.
    pub fields: Vec<Field>,
    /// Headings for people: the first field number under each, ascending.
    pub sections: Vec<(u16, String)>,
    /// Text, lines and frames that carry no field.
    pub artwork: Vec<Artwork>,
    /// What fields promise each other.
    pub checks: Vec<Check>,
}

/// Fields that must fit each other, by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// A birth date and the age stated on a day.
    Age {
        /// Date of birth.
        birth: String,
        /// Completed years.
        age: String,
        /// The day of writing.
        on: String,
    },
    /// The first and last day of a period.
    Period {
        /// First day.
        from: String,
        /// Last day.
        to: String,
    },
    /// An address in a town and the postal codes that the town has.
    Town {
        /// Address.
        address: String,
        /// How addresses in the town begin.
        begins: String,
        /// Postal code.
        postal: String,
        /// First digits of the town's postal codes.
        prefixes: Vec<String>,
    },
}

impl Check {
    /// The fields it looks at.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Self::Age { birth, age, on } => vec![birth, age, on],
            Self::Period { from, to } => vec![from, to],
            Self::Town { address, postal, .. } => vec![address, postal],
        }
    }
}

/// Solid squares, timing marks and machine codes.
#[derive(Clone, Debug)]
pub struct Marks {
    /// Solid squares: top left, top right, bottom left, bottom right.
    pub fiducials: [Rect; 4],
    /// Solid bar beside the top left fiducial; tells which way is up.
    pub orientation_bar: Rect,
    /// Solid marks down the left edge, one per row, top to bottom.
    pub timing: Vec<Rect>,
    /// QR code (version 2-M), without its quiet zone.
    pub qr: Option<Rect>,
    /// Code128-C with the same payload.
    pub code128: Option<Rect>,
    /// Printed form name, read when both codes are lost.
    pub printed_id: Option<Rect>,
}

/// One field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in configuration, JSON and the audit trail; ASCII snake case.
    pub key: String,
    /// Number of the field on the form (domain table); sub-fields share it.
    pub number: u16,
    /// Printed label.
    pub label: String,
    /// What the zone holds and how it is checked.
    pub kind: Kind,
    /// Outer zone.
    pub zone: Rect,
    /// Whether a person must fill it in.
    pub required: Required,
    /// Check boxes, in the order of the options.
    pub boxes: Vec<CheckBox>,
    /// Comb cells from left to right.
    pub cells: Vec<Rect>,
}

/// A check box and the answer it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckBox {
    /// The answer, as listed and as printed to the right of the box.
    pub option: String,
    /// Outer edge of the printed frame.
    pub rect: Rect,
}

/// When a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// Always.
    Always,
    /// Depending on other fields.
    Conditional,
    /// Never.
    Optional,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// One of the boxes.
    Choice,
    /// Any number of the boxes.
    Choices,
    /// A single box: ticked or not.
    Check,
    /// A number written in comb cells, read as a count.
    Number {
        /// Largest plausible value.
        max: u32,
    },
    /// A code of exactly as many digits as there are cells.
    Code {
        /// Check digit rule.
        check: CheckDigit,
    },
    /// A Japanese phone number in comb cells, left aligned.
    Phone,
    /// A seven-digit postal code.
    Postal,
    /// An era date of six cells YYMMDD; the era comes from the boxes or is printed.
    Date {
        /// The printed era; `None` when the boxes tell it.
        era: Option<Era>,
    },
    /// Katakana in comb cells, one blank cell between family and given name.
    Kana,
    /// Free text, printed or handwritten.
    Text {
        /// Most characters a person can fit.
        max_chars: u16,
        /// Lines in the zone.
        lines: u8,
    },
}

/// Check digit rules of domain.md section 2 (codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDigit {
    /// None is defined nationally.
    None,
    /// Damm: association's own numbers.
    Damm,
    /// Weights 2 1 2 1 from the right, digit sums, modulo 10.
    Mod10w21,
}

/// Print that carries no field.
#[derive(Clone, Debug, PartialEq)]
pub enum Artwork {
    /// Text with its baseline start.
    Text {
        /// Baseline start, x.
        x: f64,
        /// Baseline, y.
        y: f64,
        /// Character size in millimetres.
        size: f64,
        /// The words.
        text: String,
    },
    /// A straight line.
    Line {
        /// Start x.
        x1: f64,
        /// Start y.
        y1: f64,
        /// End x.
        x2: f64,
        /// End y.
        y2: f64,
        /// Stroke width.
        width: f64,
    },
    /// An unfilled frame.
    Frame {
        /// The frame.
        rect: Rect,
        /// Stroke width.
        width: f64,
    },
}

impl Rect {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Its middle.
    pub fn middle(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// The rectangle with every edge moved outwards; a negative length moves them inwards.
    pub fn grown(&self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, w: self.w + 2.0 * by, h: self.h + 2.0 * by }
    }

    /// Whether both share an area; touching edges do not count, nor does less than a micrometre.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x + ROUNDING < other.right()
            && other.x + ROUNDING < self.right()
            && self.y + ROUNDING < other.bottom()
            && other.y + ROUNDING < self.bottom()
    }

    /// Whether the other lies inside, edges included.
    pub fn contains(&self, other: &Self) -> bool {
        self.x <= other.x + ROUNDING
            && self.y <= other.y + ROUNDING
            && other.right() <= self.right() + ROUNDING
            && other.bottom() <= self.bottom() + ROUNDING
    }
}

/// Sums of decimal fractions differ in their last bits.
const ROUNDING: f64 = 1e-3;

impl Marks {
    /// Everything that no field may touch, by name: the marks, and the codes with the
    /// white margin that their standards ask for (4 modules around a QR code,
    /// 10 beside a Code128).
    pub fn reserved(&self) -> Vec<(&'static str, Rect)> {
        let mut all: Vec<_> = self.fiducials.iter().map(|rect| ("a fiducial", *rect)).collect();
        all.push(("the orientation bar", self.orientation_bar));
        all.extend(self.timing.iter().map(|rect| ("a timing mark", *rect)));
        all.extend(self.qr.map(|rect| ("the QR code", rect.grown(4.0 * rect.w / 25.0))));
        all.extend(self.code128.map(|rect| {
            let quiet = 10.0 * rect.w / f64::from(crate::code::CODE128_MODULES);
            ("the bar code", Rect { x: rect.x - quiet, w: rect.w + 2.0 * quiet, ..rect })
        }));
        all.extend(self.printed_id.map(|rect| ("the printed name", rect)));
        all
    }
}

impl CheckBox {
    /// The white inside of the frame, which a pen may mark.
    pub fn inside(&self) -> Rect {
        self.rect.grown(-FRAME)
    }
}

/// Width of the printed frames, ticks and lines of fields.
pub const FRAME: f64 = 0.25;

impl Form {
    /// The heading a field stands under; `None` where the form has no sections.
    pub fn heading(&self, field: &Field) -> Option<&str> {
        let under = self.sections.iter().rev().find(|(first, _)| field.number >= *first);
        under.map(|(_, title)| title.as_str())
    }

    /// The field with this key.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.key == key)
    }

    /// The page itself.
    pub fn page(&self) -> Rect {
        Rect { x: 0.0, y: 0.0, w: self.page_mm.0, h: self.page_mm.1 }
    }
}

impl Field {
    /// The box of this answer.
    pub fn check_box(&self, option: &str) -> Option<&CheckBox> {
        self.boxes.iter().find(|b| b.option == option)
    }
}
