//! Any encoder of text, pictures or speech, and any decoder that attends to it: `TrOCR`, Donut, BERT to BERT.

use slipstick_core::model::{Component, ComponentKind, Layer, Mixer, Model, Role, Weight};

use super::{
    super::{super::classes, find},
    Config, ConfigError, Family, dtype,
    vision_transformer::vision_encoder,
};

pub(super) const FAMILY: Family =
    Family { model_types: &["encoder-decoder", "speech-encoder-decoder", "vision-encoder-decoder"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (mut model, reads) = decoder(c)?;
    let (encoder, width) = encoder(c)?;
    model.components.extend(encoder);
    match reads {
        Some(reads) if reads != width => {
            return Err(
                c.unsupported(format!("its decoder reads {reads} features where the encoder has {width}"))
            );
        }
        None if width != model.hidden => model.components.push(Component {
            path: "enc_to_dec_proj".into(),
            kind: ComponentKind::Encoder,
            weights: vec![
                Weight::matrix("", Role::Encoder, model.hidden, width),
                Weight::vector("", Role::Encoder, model.hidden),
            ],
        }),
        _ => {}
    }
    Ok(model)
}

/// The decoder, and the width of what it reads if it says so.
fn decoder(c: &Config<'_>) -> Result<(Model, Option<u64>), ConfigError> {
    let d = c.section("decoder")?;
    let class = classes::ending(d.model_type(), &["ForCausalLM", "LMHeadModel"]);
    let Some(class) = class else {
        return Err(c.unsupported(format!("its decoder {:.40?} has no class that writes", d.model_type())));
    };
    let d = d.built_as(class);
    let mut model = (find(&d)?.read)(&d)?;
    if !model.layers.iter().all(attends_to_encoder) {
        return Err(c.unsupported("its decoder does not attend to the encoder"));
    }
    let reads = d.optional_count("cross_attention_hidden_size")?;
    c.adopt(d);
    model.dtype = dtype(c)?;
    c.model_type().clone_into(&mut model.model_type);
    prefix(&mut model, "decoder");
    Ok((model, reads))
}

fn attends_to_encoder(layer: &Layer) -> bool {
    let keeps = |mixer: &Mixer| mixer.cache().rows != [0, 0];
    layer.mixers().any(|mixer| matches!(mixer, Mixer::Cross(_))) && layer.mixers().any(keeps)
}

/// The encoder and the width of what it puts out.
fn encoder(c: &Config<'_>) -> Result<(Vec<Component>, u64), ConfigError> {
    let e = c.section("encoder")?;
    if let Some(encoder) = vision_encoder(&e)? {
        c.adopt(e);
        let component = encoder.tower.component("encoder");
        return Ok((vec![Component { kind: ComponentKind::Encoder, ..component }], encoder.width));
    }
    let Some(class) = classes::bare(e.model_type()) else {
        return Err(c.unsupported(format!("its encoder {:.40?} is not known", e.model_type())));
    };
    let e = e.built_as(class);
    let mut text = (find(&e)?.read)(&e)?;
    // Encoders of speech may end in an adapter of another width.
    if e.optional_count("output_hidden_size")?.is_some_and(|width| width != text.hidden) {
        return Err(e.invalid("output_hidden_size", format!("{}, its own width", text.hidden)));
    }
    c.adopt(e);
    if text.layers.iter().flat_map(Layer::mixers).any(|mixer| mixer.cache().rows != [0, 0]) {
        return Err(c.unsupported("its encoder keeps a cache"));
    }
    prefix(&mut text, "encoder");
    let layers = text.layers.iter().enumerate().map(|(at, layer)| {
        let path = format!("{}.{at}", text.layers_path);
        Component::stack(path, ComponentKind::Encoder, Role::Encoder, layer, 1)
    });
    let around = text.components.iter().map(|component| {
        let weights = component.weights.iter().map(|weight| weight.clone().with_role(Role::Encoder));
        Component { path: component.path.clone(), kind: ComponentKind::Encoder, weights: weights.collect() }
    });
    Ok((layers.chain(around).collect(), text.hidden))
}

/// Puts a model under the name of a part.
fn prefix(model: &mut Model, part: &str) {
    let paths = model.components.iter_mut().map(|component| &mut component.path);
    for path in paths.chain([&mut model.layers_path]) {
        *path = format!("{part}.{path}").into();
    }
}
