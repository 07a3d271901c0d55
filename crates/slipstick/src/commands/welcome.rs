//! `slipstick` alone: this machine, and what people ask first with the line to type.

use slipstick_api::{ApiError, World as _};
use slipstick_world::{LocalWorld, Silent};

use crate::show;

/// What people ask, and a line that answers it.
const QUESTIONS: &[(&str, &str)] = &[
    ("what runs on my hardware", "slipstick recommend --on rtx-4090"),
    ("does this model fit", "slipstick memory llama-3.1-70b --on 2xrtx-3090"),
    ("how fast, how dear", "slipstick estimate gpt-oss-120b --on h100"),
    ("which GPU or cloud", "slipstick compare qwen3-32b --on h100,l40s --clouds all"),
    ("meet a target", "slipstick plan qwen3-32b --rate 500/min --ttft 1s --tpot 40ms"),
    ("what does training take", "slipstick train llama-3.1-8b --on 64xh100 --tokens 100B"),
    ("why this number", "slipstick explain tpot_s estimate llama-3.1-8b --on h100"),
];

/// Says where to begin.
pub(crate) fn run() -> Result<u8, ApiError> {
    let world = LocalWorld { catalogs: Vec::new(), offline: true, today: None, progress: Box::new(Silent) };
    show::write(text(world.local_accelerators().ok().as_deref()).as_bytes())?;
    Ok(0)
}

fn text(here: Option<&str>) -> String {
    let machine = here.map_or_else(
        || "no accelerator found (name one with --on)".to_owned(),
        |here| format!("{here} (--on auto)"),
    );
    let lines: Vec<String> = QUESTIONS.iter().map(|(asked, typed)| format!("  {asked:<26}{typed}")).collect();
    let lines = lines.join("\n");
    format!(
        "slipstick: what a language model needs, how fast it is, what it costs\nthis machine: {machine}\n\n{lines}\n\n\
         all commands: slipstick --help      names: slipstick models, gpus, engines\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{QUESTIONS, text};
    use slipstick_api::request::Request;

    #[test]
    fn every_line_can_be_typed() {
        for (_, line) in QUESTIONS {
            let words = line.split(' ').skip(1).skip_while(|word| ["explain", "tpot_s"].contains(word));
            Request::from_words(words).unwrap();
        }
    }

    #[test]
    fn it_fits_a_screen_and_names_this_machine() {
        let shown = text(Some("rtx-4090:2"));
        assert!(shown.contains("this machine: rtx-4090:2 (--on auto)"));
        assert!(shown.lines().count() < 20 && shown.lines().all(|line| line.len() <= 100));
        assert!(text(None).contains("no accelerator found"));
    }
}
