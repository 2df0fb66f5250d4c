//! `hello_pyo3`: the functions of `pyhello` that are measured, straight from the Rust core.

use std::cell::Cell;
use std::ops::ControlFlow;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A number and its square root.
#[pyclass(frozen, get_all)]
struct Root {
    value: f64,
    root: f64,
    exact: bool,
}

#[pymodule]
mod hello_pyo3 {
    use super::*;

    #[pyfunction]
    fn abi_version() -> u32 {
        1
    }

    #[pyfunction]
    fn sqrt(value: f64) -> f64 {
        hello_core::sqrt(value)
    }

    #[pyfunction]
    fn root(value: f64) -> Root {
        let hello_core::Root { value, root, exact } = hello_core::root(value);
        Root { value, root, exact }
    }

    #[pyfunction]
    fn checked_sqrt(value: f64) -> PyResult<f64> {
        hello_core::checked_sqrt(value).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    #[pyfunction]
    fn greet(name: &str) -> String {
        hello_core::greet(name).to_string()
    }

    /// Writes the root of each of `values` to `out`: contiguous buffers of doubles.
    #[pyfunction]
    fn sqrt_all(values: PyBuffer<f64>, out: PyBuffer<f64>) -> PyResult<()> {
        if out.readonly() {
            return Err(PyValueError::new_err("`out` is read-only"));
        }
        let (values, out) = (cells(&values)?, cells(&out)?);
        if values.len() != out.len() {
            return Err(PyValueError::new_err(
                "two buffers of one length are needed",
            ));
        }
        for (root, value) in out.iter().zip(values) {
            root.set(hello_core::sqrt(value.get()));
        }
        Ok(())
    }

    #[pyfunction]
    fn each_root(values: PyBuffer<f64>, visitor: Bound<'_, PyAny>) -> PyResult<()> {
        let mut result = Ok(());
        let values = cells(&values)?.iter().map(Cell::get);
        hello_core::each_root(values, |value, root| match visitor.call1((value, root)) {
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => {
                result = Err(error);
                ControlFlow::Break(())
            }
        });
        result
    }

    /// A buffer's doubles. Cells, for Python may hold the same elements elsewhere.
    fn cells(buffer: &PyBuffer<f64>) -> PyResult<&[Cell<f64>]> {
        let doubles = buffer
            .as_slice_ptr()
            .ok_or_else(|| PyValueError::new_err("a contiguous buffer is needed"))?;
        // SAFETY: the buffer keeps its elements where they are; a cell has the layout of what is in
        // it; and Python's lock, which is held, keeps other threads from them.
        Ok(unsafe { &*(doubles.as_ptr() as *const [Cell<f64>]) })
    }
}
