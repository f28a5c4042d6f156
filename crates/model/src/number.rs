//! Exact decimal numbers, so that no decision ever depends on floating point (SPEC 8).

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MAX_SCALE: i32 = 12;
const MAX_FRACTION: i64 = 1_000_000_000_000_000;

/// `mantissa / 10^scale`: any whole number of 64 bits, or a fraction of at most 15 significant digits
/// and 12 decimal places, which is what JSON carries without loss. Always in lowest terms, so equal
/// numbers are identical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    mantissa: i64,
    scale: u8,
}

/// A number that cannot be kept exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a decimal number of at most 15 digits, 12 of them after the point")]
pub struct BadNumber(String);

impl Number {
    /// Reads plain or scientific decimal notation. Decimal places that do not fit are cut.
    pub fn parse(text: &str) -> Result<Number, BadNumber> {
        parse(text).ok_or_else(|| BadNumber(text.chars().take(64).collect()))
    }

    /// The number as an integer, when it is one.
    pub fn as_i64(self) -> Option<i64> {
        (self.scale == 0).then_some(self.mantissa)
    }

    fn lowest(mut mantissa: i64, mut scale: u8) -> Number {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Number { mantissa, scale }
    }
}

fn parse(text: &str) -> Option<Number> {
    let (body, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, body) = match body.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    if whole.is_empty() || (body.contains('.') && fraction.is_empty()) {
        return None;
    }
    let mut mantissa = 0i128;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() || mantissa > i128::MAX / 20 {
            return None;
        }
        mantissa = mantissa * 10 + i128::from(byte - b'0');
    }
    if mantissa == 0 {
        return Some(Number {
            mantissa: 0,
            scale: 0,
        });
    }
    let mut scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    while scale > 0
        && mantissa != 0
        && (scale > MAX_SCALE || mantissa % 10 == 0 || mantissa >= i128::from(MAX_FRACTION))
    {
        mantissa /= 10;
        scale -= 1;
    }
    let mantissa = i64::try_from(if negative { -mantissa } else { mantissa }).ok()?;
    Some(Number::lowest(
        mantissa,
        if mantissa == 0 {
            0
        } else {
            u8::try_from(scale).ok()?
        },
    ))
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number {
            mantissa: n,
            scale: 0,
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        let at = |n: &Number| i128::from(n.mantissa) * 10i128.pow(u32::from(scale - n.scale));
        at(self).cmp(&at(other))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let unit = 10u64.pow(u32::from(self.scale));
        let width = usize::from(self.scale);
        write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_i64() {
            Some(n) => serializer.serialize_i64(n),
            None => {
                // float: JSON has no other way to write a fraction; nothing is decided with it.
                let float: f64 = self
                    .to_string()
                    .parse()
                    .map_err(serde::ser::Error::custom)?;
                serializer.serialize_f64(float)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Number, E> {
                Ok(Number::from(n))
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Number, E> {
                Number::parse(&n.to_string()).map_err(E::custom)
            }

            // float: parsers hand fractions over as floats; the shortest spelling is what was meant.
            fn visit_f64<E: de::Error>(self, n: f64) -> Result<Number, E> {
                Number::parse(&n.to_string()).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_read_compare_and_write() {
        for (text, written) in [
            ("0", "0"),
            ("-0", "0"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("2.5e-3", "0.0025"),
            ("0.1234567890123", "0.123456789012"),
            ("12345678.123456789", "12345678.1234567"),
            ("-12.5", "-12.5"),
            ("1e-40", "0"),
            ("1e-2000000000", "0"),
        ] {
            assert_eq!(Number::parse(text).unwrap().to_string(), written, "{text}");
        }
        assert!(Number::parse("2").unwrap() < Number::parse("10").unwrap());
        assert!(Number::parse("0.30").unwrap() == Number::parse("0.3").unwrap());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".5", "5.", "1e", "NaN", "inf", "1e99", "1,5", "0x1", "٣", "+1", " 1",
        ] {
            assert!(Number::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn json_keeps_fractions() {
        let n: Number = serde_json::from_str("0.1").unwrap();
        assert_eq!(serde_json::to_string(&n).unwrap(), "0.1");
        assert!(serde_json::from_str::<Number>("1e300").is_err());
    }
}
