# Least squares on moments, thresholds and polychoric correlations by lavaan.
#
#   Rscript least_squares.R HS.CSV HS_ORD.CSV OUT.JSON
#
# The files hold the 301 rows as tests/lavaan_studies.py gives them.
suppressMessages({library(lavaan); library(jsonlite)})

files <- commandArgs(TRUE)
plain <- read.csv(files[1])
four <- read.csv(files[2])

two <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"
three <- paste0(two, "\nspeed =~ x7 + x8 + x9")
given <- paste0(two, "\nx1 ~~ 0.5*x1\nx2 ~~ 1.5*x2")
chain <- "visual =~ x1 + x2 + x3\nx4 ~ visual\nx7 ~ x4"

parameters <- function(fit) {
  table <- parTable(fit)
  table <- table[!(table$op %in% c("==", ":=")), ]
  as.list(table[c("lhs", "op", "rhs", "group", "free", "label", "est")])
}
# Tolerances too tight make nlminb report failure, so each fit starts the next, tighter one.
figures <- function(model, rows, ...) {
  fit <- sem(model, rows, ..., se = "none")
  for (tolerance in 10^-(11:15)) {
    again <- suppressWarnings(sem(model, rows, ..., se = "none", start = parTable(fit),
                                  control = list(rel.tol = tolerance)))
    if (lavInspect(again, "converged") &&
        lavInspect(again, "optim")$fx <= lavInspect(fit, "optim")$fx) fit <- again
  }
  list(model = model, n = I(lavInspect(fit, "nobs")), chisq = unname(fitMeasures(fit, "chisq")),
       df = unname(fitMeasures(fit, "df")), gradient = max(abs(lavInspect(fit, "optim")$dx)),
       items = lavNames(fit, "ov"), ordered = I(lavNames(fit, "ov.ord")),
       parameters = parameters(fit))
}

nine <- paste0("x", 1:9)
mixed <- cbind(plain[paste0("x", 1:3)], four[paste0("x", 4:9)], school = plain$school)
equal <- c("loadings", "thresholds")
fits <- list(
  uls_given = figures(given, plain, estimator = "ULS"),
  wls_groups = figures(two, plain, estimator = "WLS", group = "school",
                       group.equal = c("loadings", "intercepts")),
  dwls_groups = figures(two, plain, estimator = "DWLS", group = "school",
                        group.equal = c("loadings", "intercepts")),
  delta_groups = figures(three, four, estimator = "DWLS", ordered = nine, group = "school",
                         group.equal = equal, parameterization = "delta"),
  theta_groups = figures(three, four, estimator = "DWLS", ordered = nine, group = "school",
                         group.equal = equal, parameterization = "theta"),
  delta_mixed = figures(three, mixed, estimator = "DWLS", ordered = nine[4:9],
                        parameterization = "delta"),
  theta_mixed = figures(three, mixed, estimator = "WLS", ordered = nine[4:9],
                        parameterization = "theta"),
  theta_mixed_groups = figures(three, mixed, estimator = "DWLS", ordered = nine[4:9],
                               group = "school", parameterization = "theta",
                               group.equal = c(equal, "intercepts")),
  theta_chain = figures(chain, four, estimator = "DWLS", ordered = nine,
                        parameterization = "theta")
)
versions <- paste0("lavaan ", packageVersion("lavaan"), ", R ", getRversion())
out <- list(
  study = "Holzinger and Swineford (1939), nine tests of 301 pupils, as in lavaan; with all or six of them cut into four ordered answers as tests/lavaan_studies.py has them",
  oracle = paste0(versions, "; nlminb started again from its end while it gains, at tolerances from 1e-11 to 1e-15; 15 digits"),
  licence = "figures only: numbers that a GPL-licensed package computed, none of its code",
  script = "scripts/least_squares.R",
  fits = fits)
compact <- function(x) toJSON(x, auto_unbox = TRUE, digits = 15, na = "null")
lines <- function(x) paste0(" ", dQuote(names(x), FALSE), ": ", sapply(x, compact), collapse = ",\n")
rest <- lines(out[names(out) != "fits"])
writeLines(c("{", paste0(rest, ","), ' "fits": {', lines(fits), "}}"), files[3])
