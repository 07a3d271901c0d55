//! Mutations of a file, the same in every run.

/// Numbers at which lengths, counts and products go wrong.
const NUMBERS: [u64; 10] =
    [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, 1 << 32, 1 << 60, i64::MAX as u64, u64::MAX];

/// Words that JSON, CSV and TOML stumble over.
const WORDS: [&str; 14] = [
    "null",
    "-1",
    "1e999",
    "NaN",
    "\"\"",
    "[[[[[[[[",
    "}}",
    "{\"a\":{\"b\":",
    "\\u0000",
    "18446744073709551616",
    "0.1",
    "../",
    ",,,",
    "\n\n",
];

/// Makes mutations.
pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            state: name
                .bytes()
                .fold(0x9e37_79b9_7f4a_7c15, |state, byte| state.rotate_left(7) ^ u64::from(byte)),
        }
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    /// A seed with one to four changes.
    pub(crate) fn mutate(&mut self, seed: &[u8], corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut data = seed.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut data, corpus);
        }
        data
    }

    fn change(&mut self, data: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(data.len() + 1);
        match self.below(9) {
            0 if at < data.len() => data[at] ^= 1 << self.below(8),
            1 => data.truncate(at),
            2 => {
                let number = NUMBERS[self.below(NUMBERS.len())].to_le_bytes();
                let end = (at + 8).min(data.len());
                data[at..end].copy_from_slice(&number[..end - at]);
            }
            3 => {
                let end = (at + self.below(64)).min(data.len());
                data.drain(at..end);
            }
            4 => {
                let end = (at + self.below(256)).min(data.len());
                let copy = data[at..end].to_vec();
                data.splice(at..at, copy);
            }
            5 => {
                let word = WORDS[self.below(WORDS.len())];
                data.splice(at..at, word.bytes());
            }
            6 => self.change_digits(data, at),
            7 => {
                let other = &corpus[self.below(corpus.len())];
                let from = self.below(other.len() + 1);
                data.truncate(at);
                data.extend(&other[from..]);
            }
            _ => {
                let byte = self.next().to_le_bytes()[0];
                data.insert(at, byte);
            }
        }
    }

    /// Another number for the next digits.
    fn change_digits(&mut self, data: &mut Vec<u8>, from: usize) {
        let Some(start) = data[from..].iter().position(u8::is_ascii_digit).map(|start| start + from) else {
            return;
        };
        let length = data[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = NUMBERS[self.below(NUMBERS.len())].to_string();
        data.splice(start..start + length, number.into_bytes());
    }
}
