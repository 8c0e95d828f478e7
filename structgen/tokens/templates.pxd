from structgen.automaton.runtime cimport Runtime
from structgen.automaton.walker cimport Walker


cpdef object resolve(Walker walker, Runtime runtime)
