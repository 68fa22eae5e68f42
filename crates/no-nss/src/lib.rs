//! Replaces the C library's name-service entry points in a statically linked program.
//!
//! A static glibc answers `getaddrinfo`, `getpwuid_r` and their kin by loading the plug-ins that
//! `/etc/nsswitch.conf` names, built for another glibc. On many hosts that ends the process with an
//! assertion or a signal. Nothing in meterbox may take that road: names resolve through hickory-dns,
//! and users are never looked up. Should a dependency call one of these all the same, it gets an
//! ordinary failure from here instead of a crash.
//!
//! This is the one place of the project that needs `unsafe`: exporting an unmangled symbol.
//! Nothing is dereferenced; every function only returns an error code.

use std::ffi::{c_char, c_int, c_void};

/// `EAI_FAIL`: a non-recoverable failure in name resolution.
const EAI_FAIL: c_int = -4;
/// `ENOSYS`: the call does not exist here.
const ENOSYS: c_int = 38;

/// Keeps the symbols below linked in; call it once at start.
pub fn install() {
    std::hint::black_box(getaddrinfo as *const () as usize);
    std::hint::black_box(freeaddrinfo as *const () as usize);
    std::hint::black_box(getpwuid_r as *const () as usize);
    std::hint::black_box(getpwnam_r as *const () as usize);
    std::hint::black_box(getgrgid_r as *const () as usize);
}

#[unsafe(no_mangle)]
extern "C" fn getaddrinfo(
    _node: *const c_char,
    _service: *const c_char,
    _hints: *const c_void,
    _result: *mut *mut c_void,
) -> c_int {
    EAI_FAIL
}

#[unsafe(no_mangle)]
extern "C" fn freeaddrinfo(_list: *mut c_void) {}

#[unsafe(no_mangle)]
extern "C" fn getpwuid_r(
    _uid: u32,
    _entry: *mut c_void,
    _buffer: *mut c_char,
    _length: usize,
    _result: *mut *mut c_void,
) -> c_int {
    ENOSYS
}

#[unsafe(no_mangle)]
extern "C" fn getpwnam_r(
    _name: *const c_char,
    _entry: *mut c_void,
    _buffer: *mut c_char,
    _length: usize,
    _result: *mut *mut c_void,
) -> c_int {
    ENOSYS
}

#[unsafe(no_mangle)]
extern "C" fn getgrgid_r(
    _gid: u32,
    _entry: *mut c_void,
    _buffer: *mut c_char,
    _length: usize,
    _result: *mut *mut c_void,
) -> c_int {
    ENOSYS
}
