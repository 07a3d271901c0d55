//! Formats resolved once for each kind of layer are those of every weight asked by its path.

use std::collections::BTreeMap;

use crate::models::{deepseek_v3, gated_delta, llama_8b, local_global, mixtral};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use slipstick_core::{
    model::{
        Checkpoint, ComponentKind, FormatRules, FormattedModel, Model, Part, Place, Role, Storage, Weight,
        what_if::{Mix, Quant},
    },
    numeric::{Format, NamePattern, Names, QuantScheme, ScalarFormat},
    plan::{Degrees, Plan, StageWeights},
    units::Bytes,
};

/// Calls `visit` with every weight, its layer if it has one, and the format that its path gets.
fn walk(model: &Model, rules: &dyn FormatRules, mut visit: impl FnMut(Option<usize>, &Weight, Format)) {
    let outer = model.components.iter().filter(|component| component.kind != ComponentKind::MultiToken);
    for (component, weight) in outer.flat_map(|outer| outer.weights.iter().map(move |weight| (outer, weight)))
    {
        let place = Place { parent: &component.path, layer: None, name: &weight.name };
        visit(None, weight, rules.format_of(place, weight));
    }
    for (index, layer) in model.layers.iter().enumerate() {
        for weight in &layer.weights {
            let place = Place { parent: &model.layers_path, layer: Some(index), name: &weight.name };
            visit(Some(index), weight, rules.format_of(place, weight));
        }
    }
}

/// The weights of every stage, weight by weight.
fn stages_by_walking(model: &Model, rules: &dyn FormatRules, plan: Plan) -> Vec<BTreeMap<Part, Bytes>> {
    let layers = plan.stage_layers(model);
    let last = layers.len() - 1;
    let mut stages = vec![BTreeMap::new(); layers.len()];
    let mut embedding = None;
    walk(model, rules, |layer, weight, format| {
        let stage = match layer {
            Some(layer) => {
                layers.iter().position(|stage| stage.contains(&layer)).expect("every layer has a stage")
            }
            None if matches!(weight.role, Role::LmHead | Role::Norm) => last,
            None => 0,
        };
        if weight.role == Role::Embedding {
            embedding = Some(plan.weight_bytes_on_rank(weight, format));
        }
        let copied = last > 0 && weight.role == Role::LmHead && weight.storage == Storage::Alias;
        let bytes = embedding.filter(|_| copied).unwrap_or_else(|| plan.weight_bytes_on_rank(weight, format));
        if bytes > Bytes::ZERO {
            *stages[stage].entry(weight.role.part()).or_default() += bytes;
        }
    });
    stages
}

fn check(model: &Model, rules: &dyn FormatRules, pp: u64) {
    let formatted = FormattedModel::new(model, rules);
    let mut whole = Bytes::ZERO;
    walk(model, rules, |_, weight, format| whole += weight.bytes(format));
    assert_eq!(formatted.weight_bytes(), whole);
    let degrees = Degrees { tp: 2, pp, ..Degrees::ONE };
    let plan = Plan::new(degrees, model, degrees.accelerators()).expect("two ranks suit every model here");
    let grouped: Vec<BTreeMap<Part, Bytes>> =
        plan.stage_weights(&formatted).iter().map(|stage| stage.parts().collect()).collect();
    assert_eq!(grouped, stages_by_walking(model, rules, plan));
    assert_eq!(formatted.groups().map(|group| group.count).sum::<u64>(), model.layers.len() as u64);
}

fn model() -> impl Strategy<Value = Model> {
    let whole = select(vec![llama_8b(), mixtral(), deepseek_v3(), gated_delta(8), local_global(12, 1024)]);
    // Numbers of one, two and three digits.
    (whole, prop_oneof![1_usize..14, 95_usize..125]).prop_map(|(mut model, layers)| {
        model.layers = model.layers.iter().cycle().take(layers).cloned().collect();
        model
    })
}

/// Names as quantisation configs write them, with numbers of layers in them and without.
fn name() -> impl Strategy<Value = String> {
    let shapes = [
        "lm_head",
        "self_attn",
        "mlp.up_proj",
        "layers.N",
        "model.layers.N.mlp.gate",
        "model.layers.N.self_attn.q_proj",
        "N",
        "layers.N.mlp.experts.3",
        "layers.0N.mlp.up_proj",
        "layers.7.mlp.experts.N",
        "model.layers.N*",
        "*layers.N.*",
        "model.layers.?.*",
        "*.??.mlp*",
        "*mlp*",
        "*q_proj",
        "*N*",
        "model.layers.1?.self_attn*",
        "*.N.*_proj",
        "model.*.N?.*",
    ];
    (select(shapes.to_vec()), 0_usize..125)
        .prop_map(|(shape, number)| shape.replace('N', &number.to_string()))
}

/// Regular expressions with classes, repeats and alternatives.
fn pattern() -> impl Strategy<Value = NamePattern> {
    let letters = select(vec![
        ".",
        "[0-9]",
        "[1-3]",
        "[^5]",
        r"\d",
        "[a-z]",
        "[+-5]",
        r"\.",
        "1",
        "l",
        "(0|7)",
        r"[\x35-9]",
    ]);
    let repeat = select(vec!["", "?", "*", "+", "{2}"]);
    let steps = prop::collection::vec((letters, repeat), 1..4);
    let end = select(vec!["", "$", ".*", r"\."]);
    (select(vec!["", r"model\.layers\.", "layers.1"]), steps, end).prop_map(|(head, steps, end)| {
        let steps: String = steps.into_iter().flat_map(|(letters, repeat)| [letters, repeat]).collect();
        NamePattern::expression(&format!("{head}{steps}{end}")).expect("it is an expression")
    })
}

fn scheme() -> impl Strategy<Value = QuantScheme> {
    let format = select(vec![
        None,
        Some(Format::Fp8Block128),
        Some(Format::Nvfp4),
        Some(Format::IntGroup { bits: 4, group: 128, zeros: true }),
        Some(Format::Mlx { bits: 6, group: 64 }),
    ]);
    let names = (prop::collection::vec(name(), 0..5), prop::collection::vec(pattern(), 0..2));
    let rules = prop::collection::vec((names, format.clone()), 0..4);
    (rules, format.clone(), format).prop_map(|(rules, linear, embedding)| {
        let scheme = QuantScheme { linear, embedding, ..QuantScheme::only_rules("drawn") };
        rules.into_iter().fold(scheme, |scheme, ((names, patterns), format)| {
            let mut set = Names::of(names.iter().map(String::as_str));
            for pattern in patterns {
                set.insert_pattern(pattern);
            }
            scheme.rule(set, format)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn schemes_of_checkpoints(model in model(), scheme in scheme(), stages in any::<Index>()) {
        let pp = 1 + stages.index(model.layers.len()) as u64;
        check(&model, &Checkpoint { scheme: &scheme, plain: Format::BF16 }, pp);
        check(&model, &Checkpoint { scheme: &scheme, plain: Format::BF16 }, model.layers.len() as u64);
    }

    #[test]
    fn other_formats(model in model(), stages in any::<Index>(), which in any::<Index>()) {
        let others = [
            Quant::Plain(ScalarFormat::Fp16),
            Quant::Linear(Format::Nvfp4),
            Quant::Experts(Format::Mxfp4),
            Quant::Matrices(Format::Nf4),
        ];
        let all: Vec<Quant> = Mix::ALL.iter().copied().map(Quant::Mix).chain(others).collect();
        let pp = 1 + stages.index(model.layers.len()) as u64;
        check(&model, &all[which.index(all.len())].rules(&model), pp);
    }
}

#[test]
fn layers_that_no_rule_tells_apart_are_one_group() {
    let groups = |scheme: &QuantScheme| {
        FormattedModel::new(deepseek_v3(), &Checkpoint { scheme, plain: Format::BF16 }).groups().len()
    };
    let all = QuantScheme::linear("fp8", Format::Fp8Block128);
    assert_eq!(groups(&all), 2);
    assert_eq!(groups(&all.clone().keep(Names::of(["lm_head", "*.self_attn*"]))), 2);
    assert_eq!(groups(&all.clone().keep(Names::of(["model.layers.60", "model.layers.1*"]))), 4);
    let gates: Vec<String> = (0..61).map(|layer| format!("model.layers.{layer}.mlp.gate")).collect();
    assert_eq!(groups(&all.keep(Names::of(gates.iter().map(String::as_str)))), 2);
}

/// 4,096 layers on 2,048 stages took seconds when each stage looked at each layer.
#[test]
fn deep_models_on_many_stages() {
    let mut model = llama_8b();
    model.layers = vec![model.layers[0].clone(); 4096];
    let degrees = Degrees { pp: 2048, ..Degrees::ONE };
    let plan = Plan::new(degrees, &model, 2048).expect("more layers than stages");
    let formatted = FormattedModel::new(&model, &Quant::Mix(Mix::Q4KM).rules(&model));
    let total: Bytes = plan.stage_weights(&formatted).iter().map(StageWeights::total).sum();
    assert_eq!(total, formatted.weight_bytes());
}
