//! The rows and inputs that several cards share.

/// The inputs of a law of two power laws and a floor, with its constants.
macro_rules! parametric_inputs {
    (E $e:literal, A $a:literal, alpha $alpha:literal, B $b:literal, beta $beta:literal) => {
        &[
            $crate::MethodInput::positive("parameters", "N", "parameter").meaning("parameters of a model"),
            $crate::MethodInput::positive("tokens", "D", "token").meaning("tokens it is trained on"),
            $crate::MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
            $crate::MethodInput::positive("target_loss", "L", "nat/token").meaning("loss to reach"),
            $crate::MethodInput::amount("inference_tokens", "T", "token")
                .or(0.0)
                .meaning("tokens served over the model's lifetime"),
            $crate::MethodInput::amount("E", "E", "nat/token")
                .or($e)
                .meaning("loss that no training goes below"),
            $crate::MethodInput::positive("A", "A", "").or($a).meaning("weight of the parameters"),
            $crate::MethodInput::positive("alpha", "α", "").or($alpha).meaning("exponent of the parameters"),
            $crate::MethodInput::positive("B", "B", "").or($b).meaning("weight of the tokens"),
            $crate::MethodInput::positive("beta", "β", "").or($beta).meaning("exponent of the tokens"),
        ]
    };
}

/// Everything that such a law answers.
macro_rules! parametric_quantities {
    () => {
        $crate::card::quantities! {
            loss(parameters, tokens, E, A, alpha, B, beta): "nat/token",
            optimal_parameters(flops, A, alpha, B, beta): "parameter",
            optimal_tokens(flops, A, alpha, B, beta): "token",
            optimal_flops(parameters, A, alpha, B, beta): "FLOP",
            least_flops(target_loss, E, A, alpha, B, beta): "FLOP",
            tokens_for_loss(target_loss, parameters, E, A, alpha, B, beta): "token",
            lifetime_tokens(target_loss, inference_tokens, E, A, alpha, B, beta): "token",
            lifetime_parameters(target_loss, lifetime_tokens, E, A, alpha, B, beta): "parameter",
            lifetime_flops(lifetime_parameters, lifetime_tokens, inference_tokens): "FLOP",
        }
    };
}

pub(super) use {parametric_inputs, parametric_quantities};

use crate::{Case, Common, Given};

/// What a case of serving says to a law of training.
pub(super) fn no_case(_: &Case, _: Common) -> Given {
    Given::new()
}
