//! Links the libtesseract of the system. 4.1 is the first whose LSTM reader obeys a whitelist.

fn main() {
    if let Err(error) = pkg_config::Config::new().atleast_version("4.1").probe("tesseract") {
        panic!("libtesseract is needed (Debian package libtesseract-dev): {error}");
    }
}
