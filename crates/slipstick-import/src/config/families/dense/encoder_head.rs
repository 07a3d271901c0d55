//! What stands on an encoder, by the class that `architectures` names.

use slipstick_core::model::{Component, Role, Weight, blocks::NormKind};

use super::{Config, ConfigError, Tie, head};

/// Whose habits a head follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A pooler before classifiers.
    Bert,
    /// A dense layer inside the classifier of sequences, and no pooler there.
    Roberta,
    /// As RoBERTa, and no pooler anywhere.
    Distil,
    /// As DistilBERT, and a discriminator when it is trained.
    Electra,
    /// As BERT, with another name for its second task.
    Albert,
    /// As BERT, with the pooler under every head.
    Pooled,
    /// As BERT, without a pooler.
    Plain,
}

/// The sizes a head needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EncoderHead {
    /// Width of the encoder.
    pub hidden: u64,
    /// Width of the embedding.
    pub width: u64,
    /// Rows of the embedding.
    pub vocab: u64,
    pub style: Style,
}

impl EncoderHead {
    /// The components of the head; without `architectures`, those of the bare model.
    ///
    /// # Errors
    /// If the class has a head that is not known.
    pub(super) fn components(self, c: &Config<'_>) -> Result<Vec<Component>, ConfigError> {
        let class = head::class(c)?.unwrap_or("Model");
        let task = class.split_once("For").map_or("Model", |(_, task)| task);
        let task = if class.ends_with("LMHeadModel") { "MaskedLM" } else { task };
        let labels = || head::labels(c);
        let tied = Tie::UnlessStated.read(c)?;
        let pooled = |outputs| [self.pooler(), Some(dense("classifier", outputs, self.hidden))];
        let parts = match (task, self.style) {
            ("Model", _) => vec![self.pooler()],
            ("MaskedLM" | "CausalLM", Style::Pooled) => vec![self.pooler(), Some(self.vocabulary(tied))],
            ("MaskedLM" | "CausalLM", _) => vec![Some(self.vocabulary(tied))],
            ("PreTraining", Style::Bert) => {
                vec![
                    self.pooler(),
                    Some(self.vocabulary(tied)),
                    Some(dense("cls.seq_relationship", 2, self.hidden)),
                ]
            }
            ("PreTraining", Style::Albert) => {
                vec![
                    self.pooler(),
                    Some(self.vocabulary(tied)),
                    Some(dense("sop_classifier", labels()?, self.hidden)),
                ]
            }
            ("PreTraining", Style::Electra) => vec![
                Some(dense("discriminator_predictions.dense", self.hidden, self.hidden)),
                Some(dense("discriminator_predictions.dense_prediction", 1, self.hidden)),
            ],
            ("SequenceClassification", Style::Bert | Style::Albert) => pooled(labels()?).to_vec(),
            ("SequenceClassification", _) => vec![
                Some(dense("classifier.dense", self.hidden, self.hidden)),
                Some(dense("classifier.out_proj", labels()?, self.hidden)),
            ],
            ("TokenClassification", _) => vec![Some(dense("classifier", labels()?, self.hidden))],
            ("QuestionAnswering", _) => vec![Some(dense("qa_outputs", labels()?, self.hidden))],
            ("NextSentencePrediction", Style::Bert) => pooled(2).to_vec(),
            ("MultipleChoice", Style::Bert | Style::Albert | Style::Roberta) => pooled(1).to_vec(),
            _ => {
                let class: String = class.chars().take(60).collect();
                return Err(c.unsupported(format!("the head of {class:?} is not known")));
            }
        };
        Ok(parts.into_iter().flatten().collect())
    }

    fn pooler(self) -> Option<Component> {
        let has_pooler = matches!(self.style, Style::Bert | Style::Albert | Style::Roberta | Style::Pooled);
        has_pooler.then(|| dense("pooler.dense", self.hidden, self.hidden))
    }

    /// A dense layer, a norm, and the embedding again with a bias, which all but DistilBERT hold under two names.
    fn vocabulary(self, tied: bool) -> Component {
        let alias = |weight: Weight| if tied { weight.alias() } else { weight };
        let mut weights = vec![
            Weight::matrix("transform.dense", Role::Other, self.width, self.hidden),
            Weight::vector("transform.dense", Role::Other, self.width),
        ];
        weights.extend(NormKind::Layer.weights("transform.LayerNorm", self.width));
        weights.push(alias(Weight::matrix("decoder", Role::LmHead, self.vocab, self.width)));
        let has_two_names = !matches!(self.style, Style::Distil | Style::Electra);
        let bias_role = if tied || has_two_names { Role::Other } else { Role::LmHead };
        weights.push(Weight::vector("bias", bias_role, self.vocab));
        if has_two_names {
            weights.push(alias(Weight::vector("decoder", Role::LmHead, self.vocab)));
        }
        Component::text("cls.predictions", weights)
    }
}

fn dense(path: &'static str, rows: u64, cols: u64) -> Component {
    let weights = vec![Weight::matrix("", Role::Other, rows, cols), Weight::vector("", Role::Other, rows)];
    Component::text(path, weights)
}
