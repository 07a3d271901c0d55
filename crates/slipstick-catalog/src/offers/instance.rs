//! Accelerators by the name of the machine that a cloud sells them in.

use super::{Offer, OfferRows, PriceUnit};
use crate::machines::{Machines, counted};

/// The instances that `p5.48xlarge`, `p5.48xlarge:2` or `2xp5.48xlarge` means; none if no offer has that name, or if
/// several that differ in what is inside have it.
pub(crate) fn instances<'a>(offers: &'a OfferRows, text: &str) -> Option<Machines<'a>> {
    let (name, nodes) = counted(text.trim());
    let whole = |offer: &&Offer| offer.unit == PriceUnit::Instance && offer.count > 0;
    let mut named = offers.instance(name).into_iter().filter(whole);
    let first = named.next()?;
    let alike = named.all(|offer| (&offer.accelerator, offer.count) == (&first.accelerator, first.count));
    alike.then_some(Machines {
        name: &first.instance,
        accelerator: &first.accelerator,
        per_node: first.count,
        nodes,
    })
}

#[cfg(test)]
mod tests {
    use crate::Catalog;

    #[test]
    fn a_machine_is_known_by_the_name_it_is_sold_under() {
        let catalog = Catalog::builtin();
        for (text, nodes) in [("p5.48xlarge", 1), ("2xP5.48xlarge", 2), ("p5.48xlarge:3", 3)] {
            let found = catalog.instances(text).unwrap();
            assert_eq!((found.name, found.accelerator), ("p5.48xlarge", "nvidia-h100-sxm-80gb"));
            assert_eq!((found.per_node, found.nodes), (8, nodes));
        }
        assert_eq!(catalog.instances("p5.47xlarge"), None);
    }
}
