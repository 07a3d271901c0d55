//! The names that follow from an accelerator's row; the build script indexes those of shipped rows.

/// The names of an accelerator with this id, label and maker: its id, the id without maker, without memory size and
/// without both, its label with and without the maker.
pub(crate) fn own_names<'a>(id: &'a str, name: &'a str, vendor: &str) -> Vec<&'a str> {
    let mut names = vec![id, name];
    names.extend(name.strip_prefix(vendor));
    let short = id.strip_prefix("cpu-").unwrap_or(id);
    if let Some((_, model)) = short.split_once('-') {
        names.push(model);
        if let Some((stem, size)) = model.rsplit_once('-')
            && size.strip_suffix("gb").is_some_and(|digits| digits.parse::<f64>().is_ok())
        {
            names.extend([stem, &id[..id.len() - size.len() - 1]]);
        }
    }
    names
}
