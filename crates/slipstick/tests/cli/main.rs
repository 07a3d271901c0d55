//! The program as its users meet it: exit codes, documents, refusals, colours.

mod answers;
mod bad_input;
mod breakeven;
mod calibrate;
mod catalogue;
mod deployments;
mod documents;
mod escapes;
mod example;
mod finetune;
mod fleet;
mod hands;
mod measurements;
mod pipes;
mod plan;
mod plan_choices;
mod rates;
mod recommend;
mod refusals;
mod round_trip;
mod run;
mod scenarios;
mod side_by_side;
mod surroundings;
mod sweep;
mod training;
