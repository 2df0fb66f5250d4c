//! The first attempts work, as long as all goes well.

use std::ffi::{CStr, CString};

use crate::bare::*;

#[test]
fn each_works_as_long_as_all_goes_well() {
    assert_eq!(scalar(4.0), 2.0);
    let (value, root, exact) = (4.0, 2.0, true);
    assert_eq!(structure(4.0), Root { value, root, exact });
    assert_eq!(error(-4.0), -1.0);
    assert_eq!(text_in(c"Zoë".as_ptr()), 3);
    // SAFETY: a CString gave it out.
    let greeting = unsafe { CString::from_raw(text_out()) };
    assert_eq!(greeting.to_str(), Ok("Hello, Ada!"));
    let mut text = [0; 40];
    buffer(2.25, text.as_mut_ptr());
    let text = CStr::from_bytes_until_nul(&text);
    assert_eq!(text, Ok(c"The square root of 2.25 is: 1.5"));
    let mut roots = [1.0, 4.0, 9.0];
    slice([1.0, 4.0, 9.0].as_ptr(), roots.as_mut_ptr(), 3);
    assert_eq!(roots, [1.0, 2.0, 3.0]);
    assert_eq!(handle(&mut 1), 2);
    extern "C" fn visit(root: f64) {
        assert_eq!(root, 2.0);
    }
    callback([4.0].as_ptr(), 1, visit);
    assert_eq!(panic(roots.as_ptr(), 1), 2.0);
    // SAFETY: it ends with a NUL.
    let version = unsafe { CStr::from_ptr(version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    let roots = column([4.0, 9.0].as_ptr(), 2);
    // SAFETY: it is a box of two.
    let roots = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(roots, 2)) };
    assert_eq!(*roots, [2.0, 3.0]);
    nothing();
}
