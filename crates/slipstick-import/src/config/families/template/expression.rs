//! Sizes as a table writes them: `3*vision_config.hidden_size`, `image_size//patch_size*image_size//patch_size+1`.
//!
//! A sum of products. `a//b` is rounded down as a whole before it is multiplied, `a/^b` up; a product may be divided by a number, and
//! then it must be a multiple of it.

/// The value of a size, whose keys `key` knows. None if a key is not known, a quotient is not whole where it should be, or
/// the size is negative or out of range.
pub(super) fn size(text: &str, key: &dyn Fn(&str) -> Option<u64>) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    for (at, part) in text.split_inclusive(['+', '-']).enumerate() {
        let sign = text[..offset(text, part)].chars().next_back().filter(|_| at > 0);
        let value = i128::from(term(part.trim_end_matches(['+', '-']), key)?);
        total = total.checked_add(if sign == Some('-') { -value } else { value })?;
    }
    u64::try_from(total).ok()
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

fn term(text: &str, key: &dyn Fn(&str) -> Option<u64>) -> Option<u64> {
    let divided = text.rsplit_once('/').filter(|(product, _)| !product.ends_with('/'));
    let (text, divisor) = match divided {
        Some((product, divisor)) if divisor.parse::<u64>().is_ok() => (product, divisor.parse().ok()?),
        _ => (text, 1),
    };
    let product = text.split('*').try_fold(1_u64, |product, part| product.checked_mul(factor(part, key)?))?;
    product.is_multiple_of(divisor).then(|| product / divisor)
}

fn factor(text: &str, key: &dyn Fn(&str) -> Option<u64>) -> Option<u64> {
    if let Some((dividend, divisor)) = text.split_once("/^") {
        let (dividend, divisor) = (atom(dividend, key)?, atom(divisor, key)?);
        return (divisor > 0).then(|| dividend.div_ceil(divisor));
    }
    match text.split_once("//") {
        Some((dividend, divisor)) => atom(dividend, key)?.checked_div(atom(divisor, key)?),
        None => atom(text, key),
    }
}

fn atom(text: &str, key: &dyn Fn(&str) -> Option<u64>) -> Option<u64> {
    text.parse().ok().or_else(|| key(text))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sums_products_and_quotients() {
        let key = |name: &str| match name {
            "a.h" => Some(64),
            "i" => Some(225),
            "p" => Some(14),
            _ => None,
        };
        let of = |text: &str| size(text, &key);
        assert_eq!(of("7"), Some(7));
        assert_eq!(of("3*a.h+1"), Some(193));
        assert_eq!(of("i//p*i//p+1"), Some(257));
        assert_eq!(of("2*i//p-1"), Some(31));
        assert_eq!(of("3*a.h/2"), Some(96));
        assert_eq!((of("i/^p*2"), of("i/^8"), of("i/^0")), (Some(34), Some(29), None));
        assert_eq!((of("i/2"), of("1-a.h"), of("b"), of("i//0"), of("")), (None, None, None, None, None));
    }
}
