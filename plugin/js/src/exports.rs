//! What JavaScript calls. Numbers of time are floating-point, because JavaScript has no other; they are whole and not negative.

use std::cell::RefCell;

use postern_gate::sync::Answer;
use postern_token::UnixSeconds;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Edge, Input, Output};

/// An edge, and the memory through which a request goes in and a decision comes out.
#[wasm_bindgen]
pub struct Gate {
    edge: RefCell<Edge>,
    input: RefCell<Input>,
    output: RefCell<Output>,
    /// Where JavaScript finds them: address and length of the input's numbers, of its text, of the output's numbers, of its text.
    blocks: Box<RefCell<[usize; 8]>>,
}

#[wasm_bindgen]
impl Gate {
    /// A gate with the plugin's configuration in JSON. The error names every problem.
    #[wasm_bindgen(constructor)]
    pub fn new(configuration: &str) -> Result<Self, String> {
        Ok(Self {
            edge: RefCell::new(Edge::from_json(configuration.as_bytes())?),
            input: RefCell::default(),
            output: RefCell::default(),
            blocks: Box::default(),
        })
    }

    /// The address of the eight words that say where input and output are.
    pub fn blocks(&self) -> *const usize {
        self.blocks.as_ptr().cast()
    }

    /// Makes room for an input.
    pub fn reserve(&self, numbers: usize, bytes: usize) {
        let input = &mut *self.input.borrow_mut();
        input.reserve(numbers, bytes);
        let mut blocks = self.blocks.borrow_mut();
        let [number_at, number_len, text_at, text_len, ..] = &mut *blocks;
        (*number_at, *number_len) = place(input.numbers());
        (*text_at, *text_len) = place(input.text());
    }

    /// Decides the request that was written, at the Unix time `now` in seconds.
    pub fn decide(&self, numbers: usize, now: f64) {
        let mut output = self.output.borrow_mut();
        self.edge.borrow_mut().decide(&self.input.borrow(), numbers, UnixSeconds(whole(now)), &mut output);
        self.show(&output);
    }

    /// Why the request that was written is refused.
    pub fn cause(&self, numbers: usize, now: f64) {
        let mut output = self.output.borrow_mut();
        self.edge.borrow().cause(&self.input.borrow(), numbers, UnixSeconds(whole(now)), &mut output);
        self.show(&output);
    }

    /// The public key with that number.
    pub fn key(&self, number: u32) -> Vec<u8> {
        self.edge.borrow().key(number).to_vec()
    }

    /// Lets the follower work at the monotonic time `now`, in milliseconds.
    pub fn tick(&self, now: f64) {
        let mut output = self.output.borrow_mut();
        self.edge.borrow_mut().tick(whole(now), &mut output);
        self.show(&output);
    }

    /// Processes an answer of the issuer, which is `age` milliseconds old. `status` 0 says that there was none; without a `body`, it was too
    /// large.
    pub fn answered(&self, call: u32, status: u16, body: Option<Vec<u8>>, age: f64, now: f64, wall: f64) {
        let mut output = self.output.borrow_mut();
        let answer = Answer { status, body, age: whole(age) };
        self.edge.borrow_mut().answered(call, answer, (whole(now), UnixSeconds(whole(wall))), &mut output);
        self.show(&output);
    }

    /// The largest body, in bytes, that the answer to a request may have.
    pub fn answer_limit(&self, call: u32) -> usize {
        self.edge.borrow().answer_limit(call)
    }

    /// How long ago the issuer confirmed the bundle, in milliseconds; -1 before the first bundle.
    pub fn age(&self, now: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a process fit")]
        self.edge.borrow().age(whole(now)).map_or(-1.0, |age| age as f64)
    }

    /// The metrics, in the text format of Prometheus.
    pub fn metrics(&self, now: f64) -> String {
        self.edge.borrow().metrics(whole(now))
    }

    fn show(&self, output: &Output) {
        let mut blocks = self.blocks.borrow_mut();
        let [.., number_at, number_len, text_at, text_len] = &mut *blocks;
        (*number_at, *number_len) = place(output.numbers());
        (*text_at, *text_len) = place(output.text());
    }
}

fn place<T>(slice: &[T]) -> (usize, usize) {
    (slice.as_ptr().addr(), slice.len())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and takes what is no number for 0"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}
