//! The shipped prices: sound, dated, and never of two kinds in one figure.

use std::collections::BTreeSet;

use jiff::civil::date;
use slipstick_catalog::{
    Catalog, Freshness, LayerName, OfferKind,
    offers::{Need, OfferFilter, OfferOrder, Term},
    source,
};
use slipstick_core::units::UsdPerHour;

#[test]
fn every_offer_is_sound_and_dated() {
    let catalog = Catalog::builtin();
    let offers = catalog.offers();
    assert!(offers.len() >= 300, "{}", offers.len());
    let clouds: BTreeSet<&str> = offers.iter().map(|offer| offer.cloud.as_str()).collect();
    assert!(clouds.len() >= 20, "{}", clouds.len());
    let mut keys = BTreeSet::new();
    for offer in offers {
        assert!(keys.insert(offer.key()), "{:?} twice", offer.key());
        assert!(catalog.accelerator_by_id(&offer.accelerator).is_some(), "{offer:?}");
        assert!(source(&offer.origin.sources[0]).is_some(), "{offer:?}");
        assert!((1..=64).contains(&offer.count), "{offer:?}");
        assert!(offer.as_of.age_days(date(2026, 11, 22)) >= 0, "{offer:?} is of the future");
        let prices: Vec<f64> =
            Term::ALL.iter().filter_map(|term| offer.prices.of(*term)).map(UsdPerHour::get).collect();
        assert!(!prices.is_empty() && prices.iter().all(|price| *price > 0.0), "{offer:?}");
        if let (Some(list), Some(spot)) = (offer.prices.on_demand, offer.prices.spot) {
            assert!(spot <= list, "{offer:?}");
        }
        // No accelerator has ever been rented out by the hour for less than a cent or for more than 40 dollars.
        for term in Term::ALL {
            if let Some(price) = offer.per_accelerator(term) {
                assert!((0.01..=40.0).contains(&price.get()), "{offer:?}");
            }
        }
    }
}

#[test]
fn token_prices_are_sound_and_dated() {
    let catalog = Catalog::builtin();
    let prices = catalog.token_prices();
    assert!(prices.len() >= 200, "{}", prices.len());
    assert!(prices.iter().filter(|price| price.hf_repo.is_some()).count() >= 140);
    for price in prices {
        assert!(source(&price.origin.sources[0]).is_some(), "{price:?}");
        assert!(price.input > 0.0 && price.output >= price.input * 0.5, "{price:?}");
        assert!(price.cached_input.is_none_or(|cached| cached <= price.input), "{price:?}");
    }
}

/// Anchors read at the providers: AWS p5.48xlarge 55.04, Azure ND H100 v5 98.32.
#[test]
fn known_list_prices() {
    let catalog = Catalog::builtin();
    for (cloud, instance, usd) in
        [("aws", "p5.48xlarge", 55.04), ("azure", "Standard_ND96isr_H100_v5", 98.32)]
    {
        let offers = catalog.offers();
        let found = offers.iter().find(|offer| {
            offer.cloud == cloud
                && offer.instance == instance
                && offer.region.as_deref() != Some("us-gov-west-1")
        });
        let price = found.and_then(|offer| offer.prices.on_demand).expect(instance);
        assert!((price.get() - usd).abs() < 1e-9, "{instance}: {}", price.get());
    }
}

/// The day the shipped prices are judged on.
const TODAY: jiff::civil::Date = date(2026, 11, 22);

#[test]
fn a_price_worth_believing_goes_before_a_very_stale_one() {
    let on = |cloud: &str| Need { cloud: Some(cloud.into()), ..need("nvidia-h100-sxm-80gb", 1, 1) };
    let row = |region: &str, as_of: &str, usd: f64| {
        format!("acme,{region},one,h100,1,instance,list,8,64,,,{usd},,,,{as_of},quote,a quote,high,\n")
    };
    let text = format!("{HEADER}\n{}{}", row("elsewhere", "2026-01", 2.0), row("nowhere", "2026-11-01", 3.0));
    let catalog = Catalog::builtin().with_overlay(LayerName::User, "offers.csv", &text).expect("valid");
    assert_eq!(catalog.rejects(), []);
    let price = |today| catalog.cheapest(&on("acme"), today).expect("listed").price.get();
    // In March both are believed; in November the older one is 325 days old; years later both are.
    assert!((price(date(2026, 3, 1)) - 2.0).abs() < 1e-9);
    assert!((price(TODAY) - 3.0).abs() < 1e-9);
    assert!((price(date(2029, 1, 1)) - 2.0).abs() < 1e-9);
    // Where nothing newer is listed, the stale one stands in.
    let only = Need { region: Some("elsewhere".into()), ..on("acme") };
    assert!((catalog.cheapest(&only, TODAY).expect("listed").price.get() - 2.0).abs() < 1e-9);
}

fn need(accelerator: &str, per_node: u32, nodes: u32) -> Need {
    Need {
        accelerator: accelerator.into(),
        per_node,
        nodes,
        term: Term::OnDemand,
        cloud: None,
        region: None,
        instance: None,
    }
}

#[test]
fn the_cheapest_node_is_a_node_and_comes_from_a_list() {
    let catalog = Catalog::builtin();
    let found = catalog.cheapest(&need("nvidia-h100-sxm-80gb", 8, 2), TODAY).expect("sold by many");
    assert_eq!(found.quote.offer.kind, OfferKind::List);
    assert_eq!(found.accelerators, 16);
    // Nobody cheaper lists a whole node.
    for offer in catalog.offers() {
        if offer.accelerator == "nvidia-h100-sxm-80gb"
            && offer.as_of.freshness(TODAY) != Freshness::VeryStale
            && offer.kind == OfferKind::List
            && offer.count == 8
            && let Some(price) = offer.prices.on_demand
        {
            assert!(price.get() * 2.0 >= found.price.get() - 1e-9, "{offer:?}");
        }
    }
    // A marketplace floor is taken only where nobody lists the part.
    let gtx = catalog.cheapest(&Need { term: Term::Spot, ..need("nvidia-gtx-1070-8gb", 1, 1) }, TODAY);
    assert_eq!(gtx.expect("on a marketplace").quote.offer.kind, OfferKind::MarketplaceFloor);
    assert!(catalog.cheapest(&need("cpu-intel-core-i9-13900k", 1, 1), TODAY).is_none());
    assert!(catalog.cheapest(&need("nvidia-h100-sxm-80gb", u32::MAX, u32::MAX), TODAY).is_none());
}

#[test]
fn three_accelerators_rent_an_instance_of_four() {
    let catalog = Catalog::builtin();
    let on_aws = Need { cloud: Some("aws".into()), ..need("nvidia-l4-24gb", 3, 1) };
    let found = catalog.cheapest(&on_aws, TODAY).expect("g6.12xlarge holds four");
    assert_eq!((found.quote.offer.count, found.units, found.accelerators), (4, 1, 4));
}

#[test]
fn filters_and_orders() {
    let catalog = Catalog::builtin();
    let filter = OfferFilter {
        accelerator: Some("nvidia-a100-sxm-80gb".into()),
        kinds: vec![OfferKind::List],
        max_price_per_accelerator: Some(UsdPerHour::dollars_per_hour(2.0)),
        ..OfferFilter::default()
    };
    let quotes = catalog.quotes(&filter, OfferOrder::PricePerAccelerator);
    assert!(quotes.len() > 3);
    assert!(quotes.windows(2).all(|pair| pair[0].per_accelerator <= pair[1].per_accelerator));
    assert!(quotes.iter().all(|quote| quote.per_accelerator.get() <= 2.0));
    let spot = OfferFilter { terms: vec![Term::Spot], cloud: Some("GCP".into()), ..OfferFilter::default() };
    let quotes = catalog.quotes(&spot, OfferOrder::Newest);
    assert!(!quotes.is_empty() && quotes.iter().all(|quote| quote.term == Term::Spot));
    assert!(quotes.windows(2).all(|pair| pair[0].offer.as_of >= pair[1].offer.as_of));
}

#[test]
fn a_price_shows_its_age() {
    let catalog = Catalog::builtin();
    let today = date(2026, 11, 22);
    let offers = catalog.offers();
    let p5 = offers.iter().find(|offer| offer.instance == "p5.48xlarge").expect("listed");
    assert_eq!((p5.as_of.age_days(today), p5.as_of.freshness(today)), (125, Freshness::Stale));
}

const HEADER: &str = "cloud,region,instance,accelerator,count,unit,kind,vcpus,ram_gb,storage_gb,network_gbit_s,usd_per_hour,spot_usd_per_hour,committed_1y_usd_per_hour,committed_3y_usd_per_hour,as_of,as_of_basis,source,confidence,note";

#[test]
fn an_overlay_price_replaces_the_shipped_one() {
    let text = format!(
        "{HEADER}\naws,us-east-1,p5.48xlarge,h100,8,instance,list,192,2048,,,40.5,,,,2026-11-20,quote,our contract,high,\n"
    );
    let catalog = Catalog::builtin().with_overlay(LayerName::User, "offers.csv", &text).expect("valid");
    assert_eq!(catalog.rejects(), []);
    assert_eq!(catalog.offers().len(), Catalog::builtin().offers().len());
    let on_aws = Need {
        cloud: Some("aws".into()),
        region: Some("us-east-1".into()),
        ..need("nvidia-h100-sxm-80gb", 8, 1)
    };
    let found = catalog.cheapest(&on_aws, TODAY).expect("listed");
    assert!((found.price.get() - 40.5).abs() < 1e-9);
    assert_eq!(found.quote.offer.origin.layer, LayerName::User);
}

/// One rule: what is cheaper than the cheapest always has a word against it, and is no fresh list price of a node.
#[test]
fn what_is_cheaper_is_passed_over_for_a_reason() {
    let catalog = Catalog::builtin();
    let h100 = need("nvidia-h100-sxm-80gb", 1, 1);
    let chosen = catalog.cheapest(&h100, TODAY).expect("sold by many");
    let passed = catalog.passed_over(&h100, TODAY);
    assert!(passed.len() > 2, "{passed:?}");
    for one in passed {
        assert!(one.rental.price.get() < chosen.price.get() && !one.because.is_empty(), "{one:?}");
    }
}
