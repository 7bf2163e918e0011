//! `complex`: arithmetic with one real operand kept real, as C99 has it.

use super::digits::{Style, to_string};

/// A complex number.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Complex {
    pub(crate) real: f64,
    pub(crate) imag: f64,
}

/// Why a power failed.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum PowError {
    /// `zero to a negative or complex power`
    ZeroDivision,
    /// `complex exponentiation`
    Overflow,
}

impl Complex {
    pub(crate) fn new(real: f64, imag: f64) -> Self {
        Self { real, imag }
    }

    fn is_nan(self) -> bool {
        self.real.is_nan() && self.imag.is_nan()
    }

    pub(crate) fn mul(self, other: Self) -> Self {
        let (
            Self {
                real: mut a,
                imag: mut b,
            },
            Self {
                real: mut c,
                imag: mut d,
            },
        ) = (self, other);
        let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
        let product = Self::new(ac - bd, ad + bc);
        if !product.is_nan() {
            return product;
        }
        // Recover infinities that came out as NaN, as C11's Annex G does.
        let unit = |part: f64| (if part.is_infinite() { 1.0_f64 } else { 0.0 }).copysign(part);
        let zero = |part: f64| {
            if part.is_nan() {
                0.0_f64.copysign(part)
            } else {
                part
            }
        };
        let mut recover = false;
        if a.is_infinite() || b.is_infinite() {
            (a, b, c, d) = (unit(a), unit(b), zero(c), zero(d));
            recover = true;
        }
        if c.is_infinite() || d.is_infinite() {
            (c, d, a, b) = (unit(c), unit(d), zero(a), zero(b));
            recover = true;
        }
        if !recover
            && (ac.is_infinite() || bd.is_infinite() || ad.is_infinite() || bc.is_infinite())
        {
            (a, b, c, d) = (zero(a), zero(b), zero(c), zero(d));
            recover = true;
        }
        if recover {
            return Self::new(
                f64::INFINITY * (a * c - b * d),
                f64::INFINITY * (a * d + b * c),
            );
        }
        product
    }

    /// `self / other`, or `None` by zero.
    pub(crate) fn div(self, other: Self) -> Option<Self> {
        let (a, b) = (self, other);
        let (abs_real, abs_imag) = (b.real.abs(), b.imag.abs());
        let mut quotient = if abs_real >= abs_imag {
            if abs_real == 0.0 {
                return None;
            }
            let ratio = b.imag / b.real;
            let denominator = b.real + b.imag * ratio;
            Self::new(
                (a.real + a.imag * ratio) / denominator,
                (a.imag - a.real * ratio) / denominator,
            )
        } else if abs_imag >= abs_real {
            let ratio = b.real / b.imag;
            let denominator = b.real * ratio + b.imag;
            Self::new(
                (a.real * ratio + a.imag) / denominator,
                (a.imag * ratio - a.real) / denominator,
            )
        } else {
            Self::new(f64::NAN, f64::NAN)
        };
        if quotient.is_nan() {
            let unit = |part: f64| (if part.is_infinite() { 1.0_f64 } else { 0.0 }).copysign(part);
            if (a.real.is_infinite() || a.imag.is_infinite())
                && b.real.is_finite()
                && b.imag.is_finite()
            {
                let (x, y) = (unit(a.real), unit(a.imag));
                quotient = Self::new(
                    f64::INFINITY * (x * b.real + y * b.imag),
                    f64::INFINITY * (y * b.real - x * b.imag),
                );
            } else if (abs_real.is_infinite() || abs_imag.is_infinite())
                && a.real.is_finite()
                && a.imag.is_finite()
            {
                let (x, y) = (unit(b.real), unit(b.imag));
                quotient = Self::new(
                    0.0 * (a.real * x + a.imag * y),
                    0.0 * (a.imag * x - a.real * y),
                );
            }
        }
        Some(quotient)
    }

    /// `real / self`, or `None` by zero.
    pub(crate) fn div_from_real(self, real: f64) -> Option<Self> {
        let b = self;
        let (abs_real, abs_imag) = (b.real.abs(), b.imag.abs());
        let mut quotient = if abs_real >= abs_imag {
            if abs_real == 0.0 {
                return None;
            }
            let ratio = b.imag / b.real;
            let denominator = b.real + b.imag * ratio;
            Self::new(real / denominator, (-real * ratio) / denominator)
        } else if abs_imag >= abs_real {
            let ratio = b.real / b.imag;
            let denominator = b.real * ratio + b.imag;
            Self::new((real * ratio) / denominator, -real / denominator)
        } else {
            Self::new(f64::NAN, f64::NAN)
        };
        if quotient.is_nan()
            && real.is_finite()
            && (abs_real.is_infinite() || abs_imag.is_infinite())
        {
            let unit = |part: f64| (if part.is_infinite() { 1.0_f64 } else { 0.0 }).copysign(part);
            quotient = Self::new(0.0 * (real * unit(b.real)), 0.0 * (-real * unit(b.imag)));
        }
        Some(quotient)
    }

    /// `self ** exponent`.
    pub(crate) fn pow(self, exponent: Self) -> Result<Self, PowError> {
        let small = exponent.imag == 0.0
            && exponent.real == exponent.real.floor()
            && exponent.real.abs() <= 100.0;
        let result = if exponent.real == 0.0 && exponent.imag == 0.0 {
            Self::new(1.0, 0.0)
        } else if small {
            let power = self.pow_whole(exponent.real.abs() as u32);
            if exponent.real > 0.0 {
                power
            } else {
                Self::new(1.0, 0.0)
                    .div(power)
                    .ok_or(PowError::ZeroDivision)?
            }
        } else {
            self.pow_polar(exponent)?
        };
        let finite = |c: Self| c.real.is_finite() && c.imag.is_finite();
        if (result.real.is_infinite() || result.imag.is_infinite())
            && finite(self)
            && finite(exponent)
        {
            return Err(PowError::Overflow);
        }
        Ok(result)
    }

    fn pow_whole(self, exponent: u32) -> Self {
        let (mut result, mut power) = (Self::new(1.0, 0.0), self);
        let mut left = exponent;
        while left > 0 {
            if left & 1 == 1 {
                result = result.mul(power);
            }
            left >>= 1;
            if left > 0 {
                power = power.mul(power);
            }
        }
        result
    }

    fn pow_polar(self, exponent: Self) -> Result<Self, PowError> {
        if self.real == 0.0 && self.imag == 0.0 {
            if exponent.imag != 0.0 || exponent.real < 0.0 {
                return Err(PowError::ZeroDivision);
            }
            return Ok(Self::default());
        }
        let size = self.real.hypot(self.imag);
        let angle = self.imag.atan2(self.real);
        let mut len = size.powf(exponent.real);
        let mut phase = angle * exponent.real;
        if exponent.imag != 0.0 {
            len *= (-angle * exponent.imag).exp();
            phase += exponent.imag * size.ln();
        }
        Ok(Self::new(len * phase.cos(), len * phase.sin()))
    }

    /// `hash(self)`, from the hashes of the parts.
    pub(crate) fn hash(real: i64, imag: i64) -> i64 {
        crate::hash::not_minus_one(real.wrapping_add(imag.wrapping_mul(1_000_003)))
    }

    /// `repr(self)`.
    pub(crate) fn repr(self) -> String {
        let part = |value| {
            to_string(
                value,
                Style {
                    code: b'r',
                    precision: 0,
                    alternate: false,
                    add_dot_0: false,
                },
            )
        };
        let imag = part(self.imag);
        if self.real == 0.0 && self.real.is_sign_positive() {
            return format!("{imag}j");
        }
        let sign = if imag.starts_with('-') { "" } else { "+" };
        format!("({}{sign}{imag}j)", part(self.real))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic() {
        let c = Complex::new;
        assert_eq!(c(1.0, 2.0).mul(c(3.0, -1.0)), c(5.0, 5.0));
        assert_eq!(
            c(5.0, 5.0).div(c(3.0, -1.0)),
            Some(c(1.0, 1.999_999_999_999_999_8))
        );
        assert_eq!(c(1.0, 1.0).div(c(0.0, 0.0)), None);
        assert_eq!(c(1.0, 1.0).pow(c(3.0, 0.0)), Ok(c(-2.0, 2.0)));
        assert_eq!(c(0.0, 0.0).pow(c(-1.0, 0.0)), Err(PowError::ZeroDivision));
        assert_eq!(c(1e200, 0.0).pow(c(2.0, 0.0)), Err(PowError::Overflow));
        assert_eq!(c(f64::INFINITY, 1.0).mul(c(1.0, 0.0)).real, f64::INFINITY);
    }

    #[test]
    fn text() {
        for (real, imag, expected) in [
            (0.0, 1.0, "1j"),
            (-0.0, 1.0, "(-0+1j)"),
            (1.5, -2.0, "(1.5-2j)"),
            (0.0, -0.0, "-0j"),
            (f64::NAN, f64::INFINITY, "(nan+infj)"),
            (1.0, f64::NAN, "(1+nanj)"),
        ] {
            assert_eq!(Complex::new(real, imag).repr(), expected);
        }
    }
}
