//! `hello_pyo3`: the functions of `pyhello` that are measured, straight from the Rust core.

use std::ops::ControlFlow;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

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
    fn greet(name: &str) -> String {
        hello_core::greet(name).to_string()
    }

    /// Writes the root of each of `values` to `out`: contiguous buffers of doubles.
    #[pyfunction]
    fn sqrt_all(py: Python<'_>, values: PyBuffer<f64>, out: PyBuffer<f64>) -> PyResult<()> {
        let unfit = || PyValueError::new_err("two contiguous buffers of one length are needed");
        let from = values.as_slice(py).ok_or_else(unfit)?;
        let to = out.as_mut_slice(py).ok_or_else(unfit)?;
        if from.len() != to.len() {
            return Err(unfit());
        }
        for (root, value) in to.iter().zip(from) {
            root.set(hello_core::sqrt(value.get()));
        }
        Ok(())
    }

    #[pyfunction]
    fn each_root(py: Python<'_>, values: PyBuffer<f64>, visitor: Bound<'_, PyAny>) -> PyResult<()> {
        let unfit = || PyValueError::new_err("a contiguous buffer is needed");
        let values = values.as_slice(py).ok_or_else(unfit)?.iter();
        let mut result = Ok(());
        hello_core::each_root(values.map(|it| it.get()), |value, root| {
            result = visitor.call1((value, root)).map(drop);
            if result.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        result
    }
}
