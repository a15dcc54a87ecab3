TITLE Sodium, potassium and leak currents of the squid giant axon

COMMENT
After Hodgkin and Huxley (1952), with rates at 6.3 degC and Q10 = 3, and voltages
relative to a rest at -65 mV.
ENDCOMMENT

NEURON {
    SUFFIX squid
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    NONSPECIFIC_CURRENT il
    RANGE gnabar, gkbar, gl, el
    THREADSAFE
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 0.12 (S/cm2)
    gkbar = 0.036 (S/cm2)
    gl = 0.0003 (S/cm2)
    el = -54.3 (mV)
}

STATE { m h n }

ASSIGNED {
    v (mV)
    celsius (degC)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
    il (mA/cm2)
}

INITIAL {
    m = opening_m(v) / (opening_m(v) + closing_m(v))
    h = opening_h(v) / (opening_h(v) + closing_h(v))
    n = opening_n(v) / (opening_n(v) + closing_n(v))
}

BREAKPOINT {
    SOLVE gates METHOD cnexp
    ina = gnabar * m^3 * h * (v - ena)
    ik = gkbar * n^4 * (v - ek)
    il = gl * (v - el)
}

DERIVATIVE gates {
    LOCAL q
    q = 3^((celsius - 6.3) / 10)
    m' = q * (opening_m(v) * (1 - m) - closing_m(v) * m)
    h' = q * (opening_h(v) * (1 - h) - closing_h(v) * h)
    n' = q * (opening_n(v) * (1 - n) - closing_n(v) * n)
}

FUNCTION opening_m(v (mV)) (/ms) { opening_m = linoid(0.1, v + 40, 10) }
FUNCTION closing_m(v (mV)) (/ms) { closing_m = 4 * exp(-(v + 65) / 18) }
FUNCTION opening_h(v (mV)) (/ms) { opening_h = 0.07 * exp(-(v + 65) / 20) }
FUNCTION closing_h(v (mV)) (/ms) { closing_h = 1 / (exp(-(v + 35) / 10) + 1) }
FUNCTION opening_n(v (mV)) (/ms) { opening_n = linoid(0.01, v + 55, 10) }
FUNCTION closing_n(v (mV)) (/ms) { closing_n = 0.125 * exp(-(v + 65) / 80) }

: a * x / (1 - exp(-x / y)), without the gap at x = 0
FUNCTION linoid(a, x, y) {
    if (fabs(x / y) < 1e-6) {
        linoid = a * y * (1 + x / y / 2)
    } else {
        linoid = a * x / (1 - exp(-x / y))
    }
}
