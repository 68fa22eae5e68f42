//! The dashboards inside the binary.

use rust_embed::RustEmbed;

/// The project's `dashboards` folder.
#[derive(RustEmbed)]
#[folder = "dashboards/"]
#[include = "*.json"]
struct Shipped;

/// Path within the folder and text of every shipped dashboard.
pub(super) fn shipped() -> impl Iterator<Item = (String, String)> {
    Shipped::iter().filter_map(|path| {
        let file = Shipped::get(&path)?;
        Some((path.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
    })
}
