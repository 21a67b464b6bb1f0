//! What JavaScript reads from the module's memory: numbers, and one text with all parts.

/// Numbers and text. Each part of the text has its length among the numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    numbers: Vec<u32>,
    text: Vec<u8>,
}

impl Output {
    /// Empties the output, and begins the next with its kind.
    pub(crate) fn begin(&mut self, kind: u32) {
        self.numbers.clear();
        self.text.clear();
        self.numbers.push(kind);
    }

    pub(crate) fn number(&mut self, number: impl Into<u32>) {
        self.numbers.push(number.into());
    }

    /// Adds the number of parts, or of pairs of parts, that follow.
    pub(crate) fn count(&mut self, count: usize) {
        self.numbers.push(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(crate) fn part(&mut self, part: &[u8]) {
        self.count(part.len());
        self.text.extend_from_slice(part);
    }

    pub(crate) fn optional(&mut self, part: Option<&str>) {
        self.part(part.unwrap_or_default().as_bytes());
    }

    /// The numbers.
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The parts, without separators.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

/// Reads an output part by part, as the package does.
#[cfg(test)]
pub(crate) struct Reader<'a> {
    numbers: std::slice::Iter<'a, u32>,
    text: &'a [u8],
}

#[cfg(test)]
impl<'a> Reader<'a> {
    pub(crate) fn of(output: &'a Output) -> Self {
        Self { numbers: output.numbers.iter(), text: &output.text }
    }

    pub(crate) fn number(&mut self) -> u32 {
        *self.numbers.next().expect("a number")
    }

    pub(crate) fn part(&mut self) -> &'a [u8] {
        let length = self.number() as usize;
        let (part, rest) = self.text.split_at(length);
        self.text = rest;
        part
    }

    pub(crate) fn text(&mut self) -> &'a str {
        std::str::from_utf8(self.part()).expect("a text")
    }

    /// The kind of an output, and the code of its decision.
    pub(crate) fn kind_and_code(mut self) -> (u32, &'a str) {
        (self.number(), self.text())
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.numbers.len() == 0 && self.text.is_empty()
    }
}
