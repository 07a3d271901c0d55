//! How a training software is told the layout that was found: its own words, checked against its sources at the version that
//! each command names. What it says is read back as `--config` reads it, and what it cannot say is named.

mod accelerate;
mod deepspeed;
mod megatron;
mod torchtitan;
mod unsaid;

pub(crate) use accelerate::optimizer as trainer_optimizer;

use core::fmt::{Display, Write as _};

use slipstick_core::training::{Layout, Recipe, Schedule};

use super::{Planned, TrainRequest, report::LaunchReport};
use crate::view::{Block, View};

/// A program's command, the file that it reads, and what neither of them can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) software: &'static str,
    /// The version of the program whose words they are.
    pub(crate) checked: &'static str,
    pub(crate) line: String,
    /// Its name and its text.
    pub(crate) file: Option<(&'static str, String)>,
    /// Flags of this program that say the rest.
    pub(crate) unsaid: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// The commands of a software, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Launches {
    pub(crate) commands: Vec<Command>,
    pub(crate) why_none: Option<String>,
}

/// What a command says.
pub(super) struct Said<'a> {
    pub(super) request: &'a TrainRequest,
    pub(super) planned: &'a Planned,
    /// Steps of the whole run.
    pub(super) steps: u64,
}

/// Programs of fine-tuning, whose commands its own question writes.
const TUNERS: [&str; 5] = ["trl", "axolotl", "torchtune", "unsloth", "hf-peft"];

/// How the software that was priced is told to do it.
pub(super) fn launches(said: &Said<'_>) -> Launches {
    if !said.planned.fits() {
        return none("what does not fit is not launched".to_owned());
    }
    let name = said.planned.software.entry.stack.name.as_str();
    let command = match name {
        "megatron-core" => Ok(said.megatron()),
        "megatron-bridge" => said.bridge(),
        "torchtitan" => Ok(said.torchtitan()),
        "deepspeed" => Ok(said.deepspeed()),
        "hf-trainer" | "transformers" => Ok(said.accelerate()),
        "fsdp2" => {
            return none(
                "your own script calls fully_shard of PyTorch, and no file or flag tells it how".to_owned(),
            );
        }
        name if TUNERS.contains(&name) => {
            let ask = format!(
                "slipstick finetune {} --on {} --method full --stack {name}",
                said.request.model, said.request.on
            );
            return none(format!("{name} is told by what fine-tuning writes: {ask}"));
        }
        name => {
            return none(format!(
                "nobody has looked up what {name} is told yet; the layout above says it in words"
            ));
        }
    };
    command.map_or_else(none, |mut command| {
        command.unsaid = unsaid::unsaid(said, &command);
        Launches { commands: vec![command], why_none: None }
    })
}

fn none(why: String) -> Launches {
    Launches { commands: Vec::new(), why_none: Some(why) }
}

/// Numbers of a version, from its first one on; words count as nothing.
fn version(text: &str) -> [u64; 2] {
    let mut parts = text.trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    [parts.next().unwrap_or(0), parts.next().unwrap_or(0)]
}

/// Arguments as they are typed one after the other.
#[derive(Debug, Default)]
struct Arguments {
    text: String,
    between: &'static str,
}

impl Arguments {
    fn new(start: String, between: &'static str) -> Self {
        Self { text: start, between }
    }

    fn say(&mut self, key: &str, value: impl Display) {
        // Writing into a text cannot fail.
        let _ = write!(self.text, " {key}{}{value}", self.between);
    }

    fn switch(&mut self, key: &str, holds: bool) {
        if holds {
            let _ = write!(self.text, " {key}");
        }
    }
}

impl Said<'_> {
    fn layout(&self) -> Layout {
        self.planned.chosen.layout
    }

    fn recipe(&self) -> &Recipe {
        self.planned.job().recipe
    }

    fn version(&self) -> [u64; 2] {
        version(&self.planned.software.version)
    }

    /// Sequences of a step.
    fn global(&self) -> u64 {
        self.planned.chosen.batch.global(self.layout().dp)
    }

    /// Whether stages take several chunks in turn.
    fn is_interleaved(&self) -> bool {
        self.recipe().schedule == Schedule::OneForwardOneBackward && self.layout().vpp > 1
    }

    /// The word for the format of products: the one that was asked for, or the usual one.
    fn precision(&self) -> &str {
        let taken = || self.planned.defaults.iter().find(|default| default.flag == "--precision");
        let asked = self.request.recipe.precision.as_deref();
        asked.or_else(|| taken().map(|default| default.value.as_str())).unwrap_or("bf16")
    }

    /// PyTorch's launcher on every node.
    fn torchrun(&self, program: &str) -> String {
        let cluster = &self.planned.cluster;
        let each = u64::from(cluster.per_node).min(cluster.accelerators()).max(1);
        let nodes = cluster.accelerators().div_ceil(each);
        let meeting = if nodes > 1 {
            format!(" --nnodes {nodes} --rdzv_backend c10d --rdzv_endpoint HOST:29500")
        } else {
            String::new()
        };
        format!("torchrun --nproc_per_node {each}{meeting} {program}")
    }
}

impl Launches {
    /// Says it in a view, as it is typed.
    pub(crate) fn show(&self, view: &mut View) {
        for command in &self.commands {
            command.show(view);
        }
        if let Some(why) = &self.why_none {
            view.note(format!("no launch: {why}"));
        }
    }

    pub(super) fn report(&self) -> Vec<LaunchReport> {
        self.commands.iter().map(LaunchReport::from).collect()
    }
}

impl Command {
    /// A command of a program at the version whose words it uses, with what is still to be put in.
    pub(crate) fn new(
        software: &'static str,
        checked: &'static str,
        line: String,
        notes: Vec<String>,
    ) -> Self {
        Self { software, checked, line, file: None, unsaid: Vec::new(), notes }
    }

    /// The same with the file that it reads.
    pub(crate) fn reads(self, name: &'static str, text: String) -> Self {
        Self { file: Some((name, text)), ..self }
    }

    /// Says it in a view, as it is typed.
    pub(crate) fn show(&self, view: &mut View) {
        let file = self
            .file
            .as_ref()
            .map(|(name, text)| format!("# {name}\n{}\n", text.trim_end()))
            .unwrap_or_default();
        let text = format!("{file}# {} {}\n{}", self.software, self.checked, self.line);
        view.push(Block::Code { language: "sh", text });
        if !self.unsaid.is_empty() {
            view.note(format!("what that cannot say, as flags here: {}", self.unsaid.join(" ")));
        }
        for note in &self.notes {
            view.note(note.clone());
        }
    }
}

impl From<&Command> for LaunchReport {
    fn from(command: &Command) -> Self {
        let (file_name, file) = command.file.clone().unzip();
        Self {
            software: command.software,
            version: command.checked,
            command: command.line.clone(),
            file,
            file_name,
            unsaid: command.unsaid.clone(),
            notes: command.notes.clone(),
        }
    }
}
