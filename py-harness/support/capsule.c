/* The capsules in which Python objects hand over a struct of the Arrow C data interface, for the module of
 * a library that declares it. The builder puts the struct's name in the place of STRUCT, and that of its
 * capsules in the place of NAME. CFFI hands over no objects: these functions take the address of a list of
 * capsules, which is its id(), and a place in it. */

/* Returns what is in a capsule, and NULL if that is none of this kind. In the place of None it puts a new
 * one, with an empty struct. A capsule releases its struct in the end, unless it was moved out. */
static struct STRUCT *python_STRUCT(intptr_t list, int at);

/* Puts a new capsule in the place of a None, with a struct that shares the memory of that in another one,
 * which it keeps. Nested columns cannot be shared: parts of them can be moved out, too. */
static struct STRUCT *python_share_STRUCT(intptr_t list, int owner, int heir);

static void python_free_STRUCT(PyObject *capsule) {
    struct STRUCT *inside = PyCapsule_GetPointer(capsule, "NAME");
    if (inside->release != NULL) {
        inside->release(inside);
    }
    free(inside);
}

static struct STRUCT *python_STRUCT(intptr_t list, int at) {
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *capsule = PyList_GetItem((PyObject *)list, at);
    if (capsule == Py_None) {
        void *new = calloc(1, sizeof(struct STRUCT));
        capsule = PyCapsule_New(new, "NAME", python_free_STRUCT);
        if (capsule == NULL) {
            free(new);
        } else {
            PyList_SetItem((PyObject *)list, at, capsule);
        }
    }
    struct STRUCT *inside = PyCapsule_GetPointer(capsule, "NAME");
    PyErr_Clear();
    PyGILState_Release(state);
    return inside;
}

static void python_release_STRUCT(struct STRUCT *shared) {
    shared->release = NULL;
    if (Py_IsInitialized()) {
        PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF((PyObject *)shared->private_data);
        PyGILState_Release(state);
    }
}

static struct STRUCT *python_share_STRUCT(intptr_t list, int owner, int heir) {
    PyGILState_STATE state = PyGILState_Ensure();
    const struct STRUCT *owned = python_STRUCT(list, owner);
    struct STRUCT *inside = owned != NULL ? python_STRUCT(list, heir) : NULL;
    if (inside != NULL) {
        *inside = *owned;
        inside->private_data = PyList_GetItem((PyObject *)list, owner);
        inside->release = python_release_STRUCT;
        Py_INCREF((PyObject *)inside->private_data);
    }
    PyGILState_Release(state);
    return inside;
}
