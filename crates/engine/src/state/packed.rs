//! Tables as little-endian bytes in a snapshot: copied, not encoded item by item.

use serde::de::Error;
use serde::{Deserializer, Serializer};

/// A number, or a row of numbers, of a fixed size.
pub trait Item: Copy {
    /// Bytes of one item.
    const SIZE: usize;
    /// Appends the item.
    fn put(self, out: &mut Vec<u8>);
    /// Reads an item from exactly [`Item::SIZE`] bytes.
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! items {
    ($($ty:ty),*) => {$(
        impl Item for $ty {
            const SIZE: usize = size_of::<$ty>();

            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn get(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$ty>()];
                array.copy_from_slice(bytes);
                <$ty>::from_le_bytes(array)
            }
        }
    )*};
}

items!(u8, u16, u32, u64, i64);

/// Makes a row of items an item: its fields one after the other.
macro_rules! row {
    ($row:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        impl $crate::state::packed::Item for $row {
            const SIZE: usize = 0 $(+ <$ty as $crate::state::packed::Item>::SIZE)*;

            fn put(self, out: &mut Vec<u8>) {
                $($crate::state::packed::Item::put(self.$field, out);)*
            }

            fn get(bytes: &[u8]) -> Self {
                let mut rest = bytes;
                $row {
                    $($field: $crate::state::packed::first(&mut rest),)*
                }
            }
        }
    };
}
pub(crate) use row;

/// Takes the first item off the bytes of a row.
pub fn first<T: Item>(rest: &mut &[u8]) -> T {
    let (item, after) = rest.split_at(T::SIZE);
    *rest = after;
    T::get(item)
}

/// Writes a column as one byte string.
pub fn serialize<T: Item, S: Serializer>(column: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::with_capacity(column.len() * T::SIZE);
    for item in column {
        item.put(&mut bytes);
    }
    serializer.serialize_bytes(&bytes)
}

/// Reads a column back.
pub fn deserialize<'de, T: Item, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let bytes: serde_bytes::ByteBuf = serde::Deserialize::deserialize(deserializer)?;
    if !bytes.len().is_multiple_of(T::SIZE) {
        return Err(D::Error::custom("a column is cut short"));
    }
    Ok(bytes.chunks_exact(T::SIZE).map(T::get).collect())
}
