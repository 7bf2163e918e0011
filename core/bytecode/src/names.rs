//! Lists of names in one piece: their texts one behind the other, and where each ends.
//!
//! A code object has a dozen names of a few letters, and a file thousands of them: an
//! allocation for each took as long as a pass over the code, and more room than the text.

use std::fmt;
use std::ops::Index;

/// Names by number: those of a code object, or (as [`NameList`]) some that become more.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Names<T = Box<str>, E = Box<[u32]>> {
    text: T,
    ends: E,
}

/// Names that are being collected.
pub type NameList = Names<String, Vec<u32>>;

impl<T: AsRef<str>, E: AsRef<[u32]>> Names<T, E> {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.ends.as_ref().len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.ends.as_ref().is_empty()
    }

    /// The name of a number.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&str> {
        let ends = self.ends.as_ref();
        let end = *ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| ends[before]);
        self.text.as_ref().get(start as usize..end as usize)
    }

    /// The first name.
    pub fn first(&self) -> Option<&str> {
        self.get(0)
    }

    /// All, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        let text = self.text.as_ref();
        let mut start = 0;
        self.ends.as_ref().iter().map(move |&end| {
            let name = &text[start..end as usize];
            start = end as usize;
            name
        })
    }

    /// The bytes they take.
    pub fn size(&self) -> usize {
        self.text.as_ref().len() + size_of_val(self.ends.as_ref())
    }
}

impl NameList {
    /// Appends a name.
    #[inline]
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len() as u32);
    }

    /// Appends the names of another list.
    pub fn append(&mut self, names: &Self) {
        let behind = self.text.len() as u32;
        self.text.push_str(&names.text);
        self.ends.extend(names.ends.iter().map(|&end| behind + end));
    }

    /// Removes all, but for their memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// A copy that takes no more room than it needs.
    pub fn to_names(&self) -> Names {
        Names {
            text: self.text.as_str().into(),
            ends: self.ends.as_slice().into(),
        }
    }
}

impl<T: AsRef<str>, E: AsRef<[u32]>> Index<usize> for Names<T, E> {
    type Output = str;

    #[inline]
    fn index(&self, index: usize) -> &str {
        self.get(index).expect("a name of that number")
    }
}

impl<'a> Extend<&'a str> for NameList {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, names: I) {
        for name in names {
            self.push(name);
        }
    }
}

impl<'a> FromIterator<&'a str> for Names {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut list = NameList::default();
        list.extend(names);
        Self {
            text: list.text.into(),
            ends: list.ends.into(),
        }
    }
}

impl<T: AsRef<str>, E: AsRef<[u32]>> fmt::Debug for Names<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
