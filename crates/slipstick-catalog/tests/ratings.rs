//! Ratings of models: each is of one repository on a dated board, and a user's own goes before it.

use slipstick_catalog::{Catalog, LayerName, source};

#[test]
fn every_rating_has_an_interval_a_date_and_a_source() {
    let catalog = Catalog::builtin();
    let ratings = catalog.ratings();
    let models = catalog.models();
    let of_models = ratings
        .iter()
        .filter(|rating| models.iter().any(|model| model.hf_repo.as_deref() == Some(&rating.model)))
        .count();
    assert!(ratings.len() > 170 && of_models > 70, "{of_models} of {}", ratings.len());
    for rating in ratings {
        assert!(rating.low < rating.rating && rating.rating < rating.high, "{}", rating.model);
        assert!(source(&rating.origin.sources[0]).is_some(), "{}", rating.model);
        assert_eq!(rating.as_of.as_str(), "2026-08-19", "{}: of one board on one day", rating.model);
    }
}

const OWN: &str = "model,rated_as,board,rating,low,high,as_of,source,confidence\n\
    openai/gpt-oss-20b,ours,our questions,1400,1390,1410,2026-11-01,our lab,low\n";

#[test]
fn a_user_s_own_rating_goes_before_the_shipped_one() {
    let with = |text: &str| Catalog::builtin().with_overlay(LayerName::User, "mine/ratings.csv", text);
    let catalog = with(OWN).expect("a table");
    let rating = catalog.rating("openai/gpt-oss-20b").expect("both rate it");
    assert_eq!((rating.rated_as.as_str(), rating.board.as_str()), ("ours", "our questions"));
    assert!(catalog.rating("openai/gpt-oss-120b").is_some_and(|rating| rating.rated_as == "gpt-oss-120b"));
    for wrong in ["1400,1410,1390", "1400,NaN,1410", "1500,1390,1410"] {
        let refused = with(&OWN.replace("1400,1390,1410", wrong)).expect_err(wrong).to_string();
        assert!(refused.contains("line 2") && refused.contains("rating"), "{refused}");
    }
    assert!(with(&OWN.replace("2026-11-01", "once")).is_err());
}
