//! Help that fits a screen: a line for each flag, cut at a clause; the whole of it stands in the long help.

/// A line of help behind a flag and its value, in characters.
const LONGEST: usize = 62;

/// Examples that the short help shows.
pub(super) const EXAMPLES: usize = 3;

/// Gives every flag a line of help beside its whole help.
pub(super) fn with_brief_help(command: clap::Command) -> clap::Command {
    command.mut_args(|flag| {
        let Some(whole) = flag.get_help().map(ToString::to_string) else { return flag };
        let whole = flag.get_long_help().map_or(whole, ToString::to_string);
        let is_switch = flag.get_action().takes_values()
            && flag.get_possible_values().iter().any(|value| value.get_name() == "true");
        let brief = brief(&whole);
        // That a switch is true or false goes without saying.
        let flag = if is_switch { flag.hide_possible_values(true) } else { flag };
        flag.help(brief).long_help(whole)
    })
}

/// As many of the first clauses as fit a line; the first one whatever its length.
fn brief(whole: &str) -> String {
    if whole.chars().count() <= LONGEST {
        return whole.to_owned();
    }
    let marks = [", ", "; ", ": ", " ("];
    let ends = whole.char_indices().map(|(at, _)| at);
    let ends: Vec<usize> =
        ends.filter(|at| marks.iter().any(|mark| whole[*at..].starts_with(mark))).collect();
    let closed = |text: &str| text.matches('(').count() == text.matches(')').count();
    let fits = |at: &&usize| {
        let text = &whole[..**at];
        text.chars().count() <= LONGEST && closed(text) && !text.ends_with("; if not given")
    };
    let end = ends.iter().rev().find(fits).or(ends.first()).copied().unwrap_or(whole.len());
    // A list goes on.
    let listed = whole[end..].starts_with(", ") && whole[..end].contains([':', ',']);
    format!("{}{}", &whole[..end], if listed { ", .." } else { "" })
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn help_ends_with_a_clause() {
        assert_eq!(brief("Requests in flight"), "Requests in flight");
        let long =
            "Accelerators: h100, h100:8, 2x8xh200, m3-max:64GB where several sizes are sold, or a file";
        assert_eq!(brief(long), "Accelerators: h100, h100:8, 2x8xh200, ..");
        let asides = "Workers that only read prompts, as COUNTxLAYOUT: 2xtp4, 1xdep8 (attention data-parallel, experts spread)";
        assert_eq!(brief(asides), "Workers that only read prompts, as COUNTxLAYOUT: 2xtp4, 1xdep8");
    }
}
