//! Tables of `docs/accuracy.md` between marks of their own.

use std::{fs, io};

const PAGE: &str = "docs/accuracy.md";

/// Writes a table anew between its marks.
///
/// # Errors
/// If the page has lost them.
pub(super) fn renew(name: &str, table: &str) -> io::Result<()> {
    let page = crate::root().join(PAGE);
    let text = fs::read_to_string(&page)?;
    fs::write(page, renewed(&text, name, table)?)
}

fn renewed(text: &str, name: &str, table: &str) -> io::Result<String> {
    let lost = || io::Error::other(format!("{PAGE} has lost the marks around its table {name:?}"));
    let start = format!("<!-- {name}: made by cargo xtask fit. -->\n");
    let end = format!("<!-- End of {name}. -->");
    let (before, rest) = text.split_once(&start).ok_or_else(lost)?;
    let (_, after) = rest.split_once(&end).ok_or_else(lost)?;
    Ok(format!("{before}{start}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::renewed;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- T: made by cargo xtask fit. -->\nold\n<!-- End of T. -->\nb";
        let new = renewed(page, "T", "new\n").expect("the marks are there");
        assert_eq!(new, page.replace("old", "new"));
        assert!(renewed(page, "U", "").is_err());
    }
}
