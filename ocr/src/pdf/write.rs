//! Fax pages into a PDF 1.4 of Group 4 images.

use lopdf::{Document, Object, Stream, dictionary};

use crate::page::Page;
use crate::{Error, Result, ccitt};

/// Writes pages in black and white at their physical size; levels below 128 are ink.
///
/// # Errors
/// [`Error::Draw`] when there is no page or a page is too wide for the code.
pub fn fax_pdf(pages: &[&Page]) -> Result<Vec<u8>> {
    if pages.is_empty() {
        return Err(Error::Draw { what: "a PDF without pages".into() });
    }
    let mut pdf = Document::with_version("1.4");
    // Objects are written in the order of their numbers: with the tree first, a file that is cut off
    // on its way still shows the pages before the cut.
    let (catalog, tree) = (pdf.new_object_id(), pdf.new_object_id());
    let mut kids: Vec<Object> = Vec::with_capacity(pages.len());
    for page in pages {
        kids.push(add_page(&mut pdf, tree, page)?.into());
    }
    let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
    pdf.set_object(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count });
    pdf.set_object(catalog, dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).map_err(|error| Error::Draw { what: format!("the PDF of a fax ({error})") })?;
    Ok(bytes)
}

fn add_page(pdf: &mut Document, tree: lopdf::ObjectId, page: &Page) -> Result<lopdf::ObjectId> {
    let (width, height) = page.pixels().dimensions();
    let sheet = pdf.new_object_id();
    let image = Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => i64::from(width),
            "Height" => i64::from(height),
            "ColorSpace" => "DeviceGray",
            "BitsPerComponent" => 1,
            "Filter" => "CCITTFaxDecode",
            "DecodeParms" => dictionary! { "K" => -1, "Columns" => i64::from(width), "Rows" => i64::from(height) },
        },
        ccitt::encode_group4(page.pixels())?,
    );
    // One number for the box and the matrix, so that the image fills the page exactly.
    let across = points(width, page.dpi().x);
    let down = points(height, page.dpi().y);
    let content = format!("q {across} 0 0 {down} 0 0 cm /Fax Do Q");
    let content = pdf.add_object(Stream::new(dictionary! {}, content.into_bytes()));
    let image = pdf.add_object(image.with_compression(false));
    let dict = dictionary! {
        "Type" => "Page",
        "Parent" => tree,
        "MediaBox" => vec![0.into(), 0.into(), Object::Real(across), Object::Real(down)],
        "Resources" => dictionary! { "XObject" => dictionary! { "Fax" => image } },
        "Contents" => content,
    };
    pdf.set_object(sheet, dict);
    Ok(sheet)
}

/// Length in points of so many pixels.
fn points(pixels: u32, dpi: f64) -> f32 {
    // Half a millionth of a page, the loss in 32 bits, is far below a pixel.
    (f64::from(pixels) * 72.0 / dpi) as f32
}
