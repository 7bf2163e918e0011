//! Half-precision floats, IEEE 754 binary16.
#![forbid(unsafe_code)]

/// The bits of a float rounded half to even; `None` where it is too large.
pub fn from_float(float: f64) -> Option<u16> {
    let sign = if float.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = float.abs();
    if float.is_nan() {
        return Some(sign | 0x7E00);
    }
    if float.is_infinite() {
        return Some(sign | 0x7C00);
    }
    if magnitude >= 65_520.0 {
        return None;
    }
    if magnitude < 2f64.powi(-14) {
        return Some(sign | (magnitude * 2f64.powi(24)).round_ties_even() as u16);
    }
    // The exponent is in the bits; a logarithm could be off by one.
    let exponent = (magnitude.to_bits() >> 52) as i32 - 1023;
    let fraction = (magnitude * 2f64.powi(10 - exponent)).round_ties_even() as u16 - 1024;
    Some(sign | ((((exponent + 15) as u16) << 10) + fraction))
}

/// The float that the bits stand for.
pub fn to_float(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_and_back() {
        for bits in (0..0x7C00).chain(0x8000..0xFC00) {
            assert_eq!(super::from_float(super::to_float(bits)), Some(bits));
        }
        assert_eq!(super::from_float(65_519.9), Some(0x7BFF));
        assert_eq!(super::from_float(65_520.0), None);
    }
}
